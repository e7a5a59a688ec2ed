package io.headrace.server;

import java.util.concurrent.locks.LockSupport;

/** How the cleaner waits: it is the one part of a broker that does so in the middle of its work. */
public interface CleanerWaits {
    /** Waits as a thread does that has nothing else to do. */
    CleanerWaits BLOCKING = new CleanerWaits() {
        @Override
        public void forWriter() {
            // The writer has a thread of its own, and the cleaner blocks where it needs the answer.
        }

        @Override
        public void forNanos(long nanos) {
            LockSupport.parkNanos(nanos);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    };

    /** Something was queued for the log writer. Where that has no thread, it has to be done when this returns. */
    void forWriter();

    /** Does nothing for so many nanoseconds. */
    void forNanos(long nanos);

    /** As {@link System#nanoTime}. */
    long nanoTime();
}
