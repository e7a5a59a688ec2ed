package io.headrace.systemtests.faults;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A transaction when its broker is killed, and what its producer does afterwards.
 *
 * @param epochPerTransaction whether the producer knows that each transaction has its own epoch (KIP-890)
 * @param begun how far the producer came before anything was decided
 * @param decided how its end was decided, durably
 * @param missing what of the end is refused until the kill, or until it comes into flight
 * @param inFlight what is being written at the kill
 * @param afterwards what the producer does once the broker is back
 */
record TransactionCase(
        String name,
        boolean epochPerTransaction,
        Begun begun,
        End decided,
        Set<Write> missing,
        InFlight inFlight,
        End afterwards) {
    /** How far the producer came. */
    enum Begun {
        IDENTITY,
        PARTITIONS,
        DATA_AND_OFFSETS
    }

    /** How a transaction ends. */
    enum End {
        NOT_AT_ALL,
        COMMIT,
        ABORT,
        /** Another producer begins with the same transactional id. */
        SUCCESSOR,
        TIMEOUT
    }

    /** What is written to end a transaction. */
    enum Write {
        DECISION,
        MARKER_OF_FIRST,
        MARKER_OF_SECOND,
        MARKER_OF_OFFSETS,
        COMPLETION
    }

    /** What is being written. */
    enum InFlight {
        NOTHING,
        IDENTITY,
        PARTITIONS,
        DATA,
        DECISION,
        MARKERS,
        COMPLETION
    }

    private static final Set<Write> MARKERS = EnumSet.range(Write.MARKER_OF_FIRST, Write.MARKER_OF_OFFSETS);

    static final List<TransactionCase> ALL = List.of(
            open("empty", true, Begun.IDENTITY, End.NOT_AT_ALL),
            open("partitions-only-committed", false, Begun.PARTITIONS, End.COMMIT),
            open("partitions-only-abandoned", false, Begun.PARTITIONS, End.SUCCESSOR),
            open("ongoing-committed", true, Begun.DATA_AND_OFFSETS, End.COMMIT),
            open("ongoing-committed-in-epoch", false, Begun.DATA_AND_OFFSETS, End.COMMIT),
            open("ongoing-aborted", true, Begun.DATA_AND_OFFSETS, End.ABORT),
            open("ongoing-abandoned", true, Begun.DATA_AND_OFFSETS, End.SUCCESSOR),
            timedOut("timeout-not-written", InFlight.NOTHING),
            decided("prepared-commit", true, End.COMMIT, MARKERS),
            decided("prepared-abort", true, End.ABORT, MARKERS),
            decided("prepared-in-epoch", false, End.COMMIT, MARKERS),
            decided("prepared-successor", true, End.SUCCESSOR, MARKERS),
            decided("prepared-timeout", true, End.TIMEOUT, MARKERS),
            decided("first-marked", true, End.COMMIT, EnumSet.of(Write.MARKER_OF_SECOND, Write.MARKER_OF_OFFSETS)),
            decided("second-marked", true, End.ABORT, EnumSet.of(Write.MARKER_OF_FIRST, Write.MARKER_OF_OFFSETS)),
            decided("offsets-marked", true, End.COMMIT, EnumSet.of(Write.MARKER_OF_FIRST, Write.MARKER_OF_SECOND)),
            decided("all-but-first-marked", true, End.COMMIT, EnumSet.of(Write.MARKER_OF_FIRST)),
            decided("all-but-second-marked", false, End.ABORT, EnumSet.of(Write.MARKER_OF_SECOND)),
            decided("all-but-offsets-marked", true, End.COMMIT, EnumSet.of(Write.MARKER_OF_OFFSETS)),
            decided("marked-commit", true, End.COMMIT, EnumSet.of(Write.COMPLETION)),
            decided("marked-abort", true, End.ABORT, EnumSet.of(Write.COMPLETION)),
            decided("marked-in-epoch", false, End.COMMIT, EnumSet.of(Write.COMPLETION)),
            decided("marked-successor", true, End.SUCCESSOR, EnumSet.of(Write.COMPLETION)),
            decided("complete-commit", true, End.COMMIT, EnumSet.noneOf(Write.class)),
            decided("complete-abort", true, End.ABORT, EnumSet.noneOf(Write.class)),
            inFlight("identity-in-flight", true, Begun.IDENTITY, InFlight.IDENTITY, End.SUCCESSOR),
            inFlight("partitions-in-flight", false, Begun.IDENTITY, InFlight.PARTITIONS, End.COMMIT),
            inFlight("data-in-flight", true, Begun.DATA_AND_OFFSETS, InFlight.DATA, End.COMMIT),
            inFlight("commit-in-flight", true, Begun.DATA_AND_OFFSETS, InFlight.DECISION, End.COMMIT),
            inFlight("commit-in-epoch-in-flight", false, Begun.DATA_AND_OFFSETS, InFlight.DECISION, End.COMMIT),
            inFlight("abort-in-flight", true, Begun.DATA_AND_OFFSETS, InFlight.DECISION, End.ABORT),
            inFlight("successor-in-flight", true, Begun.DATA_AND_OFFSETS, InFlight.DECISION, End.SUCCESSOR),
            timedOut("timeout-in-flight", InFlight.DECISION),
            ending("markers-of-commit-in-flight", End.COMMIT, MARKERS, InFlight.MARKERS),
            ending("markers-of-abort-in-flight", End.ABORT, MARKERS, InFlight.MARKERS),
            ending("completion-of-commit-in-flight", End.COMMIT, EnumSet.of(Write.COMPLETION), InFlight.COMPLETION),
            ending("completion-of-abort-in-flight", End.ABORT, EnumSet.of(Write.COMPLETION), InFlight.COMPLETION));

    private static TransactionCase open(String name, boolean epochPerTransaction, Begun begun, End afterwards) {
        return inFlight(name, epochPerTransaction, begun, InFlight.NOTHING, afterwards);
    }

    private static TransactionCase inFlight(
            String name, boolean epochPerTransaction, Begun begun, InFlight inFlight, End afterwards) {
        return new TransactionCase(name, epochPerTransaction, begun, End.NOT_AT_ALL, Set.of(), inFlight, afterwards);
    }

    private static TransactionCase timedOut(String name, InFlight inFlight) {
        Set<Write> missing = EnumSet.of(Write.DECISION);
        return new TransactionCase(name, true, Begun.DATA_AND_OFFSETS, End.NOT_AT_ALL, missing, inFlight, End.TIMEOUT);
    }

    private static TransactionCase decided(String name, boolean epochPerTransaction, End end, Set<Write> missing) {
        boolean isFenced = end == End.SUCCESSOR || end == End.TIMEOUT;
        End afterwards = isFenced ? end : End.NOT_AT_ALL;
        return new TransactionCase(
                name, epochPerTransaction, Begun.DATA_AND_OFFSETS, end, missing, InFlight.NOTHING, afterwards);
    }

    private static TransactionCase ending(String name, End end, Set<Write> missing, InFlight inFlight) {
        return new TransactionCase(name, true, Begun.DATA_AND_OFFSETS, end, missing, inFlight, End.NOT_AT_ALL);
    }

    /** Whether there is a transaction at all. */
    boolean hasTransaction() {
        return begun != Begun.IDENTITY || inFlight == InFlight.PARTITIONS;
    }

    /** Whether the transaction has records and offsets in the end. */
    boolean hasData() {
        return begun == Begun.DATA_AND_OFFSETS || inFlight == InFlight.PARTITIONS;
    }

    /** Whether its records and offsets must count in the end. */
    boolean commits() {
        return decided == End.COMMIT || afterwards == End.COMMIT;
    }

    /** Whether another identity takes over, so that the first one must be refused. */
    boolean isFenced() {
        return afterwards == End.SUCCESSOR || afterwards == End.TIMEOUT;
    }
}
