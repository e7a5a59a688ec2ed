package io.headrace.storage;

import java.util.function.LongConsumer;

/** Something for the log writer to do, in the order in which it was asked. */
public abstract class WriterTask {
    WriterTask() {}

    /** What the task weighs in the writer's queue, in bytes. */
    int sizeBytes() {
        return 0;
    }

    /** A task that is not an append: it sees the log with everything appended before it on disk. */
    static WriterTask of(LongConsumer action) {
        return new Control(action);
    }

    /** Runs between two groups of appends, given the time. */
    static final class Control extends WriterTask {
        private final LongConsumer action;

        private Control(LongConsumer action) {
            this.action = action;
        }

        void run(long nowMs) {
            action.accept(nowMs);
        }
    }
}
