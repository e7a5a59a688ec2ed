package io.headrace.network.server;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the server end of the network counts. Written by every loop, read by anyone. */
public final class NetworkCounters {
    private final Map<CloseReason, LongAdder> closed = new EnumMap<>(CloseReason.class);
    final LongAdder accepted = new LongAdder();
    final LongAdder acceptPauses = new LongAdder();
    final LongAdder framesIn = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder framesOut = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final LongAdder memoryPauses = new LongAdder();

    /** Creates a set of counters at zero. */
    public NetworkCounters() {
        for (CloseReason reason : CloseReason.values()) {
            closed.put(reason, new LongAdder());
        }
    }

    void countClose(CloseReason reason) {
        adder(reason).increment();
    }

    /** Connections that ended for this reason since start. */
    public long closed(CloseReason reason) {
        return adder(reason).sum();
    }

    private LongAdder adder(CloseReason reason) {
        return Objects.requireNonNull(closed.get(reason));
    }

    /** Connections accepted since start, those closed at accept not included. */
    public long accepted() {
        return accepted.sum();
    }

    /** How often accepting was put off because of a limit on connections or on their rate. */
    public long acceptPauses() {
        return acceptPauses.sum();
    }

    /** Whole frames received. */
    public long framesIn() {
        return framesIn.sum();
    }

    /** Bytes of whole frames received, their size prefixes included. */
    public long bytesIn() {
        return bytesIn.sum();
    }

    /** Answers written to sockets. */
    public long framesOut() {
        return framesOut.sum();
    }

    /** Bytes of answers written to sockets, their size prefixes included. */
    public long bytesOut() {
        return bytesOut.sum();
    }

    /** How often a connection stopped reading because the memory for received frames was used up. */
    public long memoryPauses() {
        return memoryPauses.sum();
    }
}
