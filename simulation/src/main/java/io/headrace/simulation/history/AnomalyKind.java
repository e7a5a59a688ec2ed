package io.headrace.simulation.history;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What can be wrong with a history. The names are those of Jepsen's analysis of Kafka where it has one. */
public enum AnomalyKind {
    /** One offset held two values. */
    INCONSISTENT_OFFSETS,
    /** One value lies at two offsets. */
    DUPLICATE,
    /** A value was polled that nobody sent. */
    PHANTOM,
    /** A committed value was passed over, though later ones were polled. */
    LOST_WRITE,
    /** A committed value was never polled. */
    UNSEEN,
    /** A value was polled whose send certainly failed or was aborted. */
    G1A,
    /** A transaction polled what it had itself sent. */
    PRECOMMITTED_READ,
    /** Transactions read from each other in a circle. */
    G1C,
    /** A circle of reads and of what one process did after the other: a read of what was not committed yet. */
    G1C_PROCESS,
    /** A circle of reads and of what was over before something else began. */
    G1C_REALTIME,
    /** Transactions overwrote each other in a circle. Kafka allows it: transactions do not lock partitions. */
    G0,
    /** A circle of writes and reads that needs the order of processes. Kafka allows it. */
    G0_PROCESS,
    /** A circle of writes and reads that needs the clock. Kafka allows it. */
    G0_REALTIME,
    /** A poll left values out between two that it returned. */
    INT_POLL_SKIP,
    /** A poll returned values out of order. */
    INT_NONMONOTONIC_POLL,
    /** A client's next poll left values out. Kafka allows it after a rebalance. */
    POLL_SKIP,
    /** A client's next poll went back. Kafka allows it after a rebalance. */
    NONMONOTONIC_POLL,
    /** Others' values came between two sends of one operation. Kafka allows it. */
    INT_SEND_SKIP,
    /** Sends of one operation lie in another order than they were made. */
    INT_NONMONOTONIC_SEND,
    /** A client's later send lies before an earlier one. */
    NONMONOTONIC_SEND,
    /** A value lies after another that was sent only when it had been acknowledged. */
    SEND_AGAINST_TIME,
    /** A group's stored offset was found as it was before a later one had been acknowledged, or as it never was. */
    STALE_COMMIT;

    private static final Set<AnomalyKind> ALLOWED =
            Collections.unmodifiableSet(EnumSet.of(INT_SEND_SKIP, G0, G0_PROCESS, G0_REALTIME));

    /**
     * What Kafka allows to everybody, so that it may be in a history of a sound broker. {@link #POLL_SKIP} and
     * {@link #NONMONOTONIC_POLL} are not among these: a history has an assignment where a rebalance allows them.
     */
    public static Set<AnomalyKind> allowedByKafka() {
        return ALLOWED;
    }
}
