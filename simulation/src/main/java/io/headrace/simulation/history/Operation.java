package io.headrace.simulation.history;

import java.util.List;
import java.util.Set;

/**
 * What one client did in one go, and how that ended: some sends, one poll, a transaction of both, or a new assignment.
 *
 * @param process the client; a client that lost track of an operation goes on under another number
 * @param kind what was done
 * @param outcome how it ended
 * @param startMs when it began
 * @param endMs when its outcome was known
 * @param steps what it consisted of, in order; for an assignment empty
 * @param keys for an assignment the partitions that the client has from now on; else empty
 */
public record Operation(
        int process, Kind kind, Outcome outcome, long startMs, long endMs, List<Step> steps, Set<String> keys) {

    /** What a client can do. */
    public enum Kind {
        SEND,
        POLL,
        /** Sends and polls that take effect together or not at all. */
        TRANSACTION,
        /** The client reads these partitions and no others from now on, each from wherever it likes. */
        ASSIGN,
        /** Offsets of a group stored. */
        COMMIT,
        /** Offsets of a group asked for. */
        COMMITTED
    }

    /** What a client knows of an operation. */
    public enum Outcome {
        /** It was done. */
        OK,
        /** It was certainly not done, and never will be. */
        FAIL,
        /** It may have been done, or may be later. */
        INFO
    }

    /** The ways to touch a partition. */
    public enum Action {
        SEND,
        POLL,
        /** The offset was stored for a group, whose name is part of the key. */
        COMMIT,
        /** The offset was found stored for a group. */
        COMMITTED
    }

    /** An offset that is not known, or for {@link Action#COMMITTED} none at all. */
    public static final long NO_OFFSET = -1;

    /**
     * One value, in one partition.
     *
     * @param key the partition, as a name without spaces
     * @param value which value; no two sends to a key have the same. 0 for offsets of groups
     * @param offset where it is; {@link #NO_OFFSET} if that is not known
     */
    public record Step(Action action, String key, long value, long offset) {}

    public Operation {
        steps = List.copyOf(steps);
        keys = Set.copyOf(keys);
    }

    /** Sends, polls or offsets. */
    public static Operation of(int process, Kind kind, Outcome outcome, long startMs, long endMs, List<Step> steps) {
        return new Operation(process, kind, outcome, startMs, endMs, steps, Set.of());
    }

    /** A new assignment. */
    public static Operation assign(int process, long timeMs, Set<String> keys) {
        return new Operation(process, Kind.ASSIGN, Outcome.OK, timeMs, timeMs, List.of(), keys);
    }
}
