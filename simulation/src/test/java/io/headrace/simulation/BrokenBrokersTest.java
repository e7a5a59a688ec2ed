package io.headrace.simulation;

import io.headrace.simulation.broker.Tampering;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The checks are checked: a broker that is broken in one way is found out within a few seeds, by the check that is meant
 * for it. That a sound broker is found guilty of nothing in these seeds is seen by {@link SimulationTest}.
 */
class BrokenBrokersTest {
    private static final int SEEDS_MAX = 60;

    private static final Logger ROOT = Logger.getLogger("");

    @BeforeAll
    static void quieten() {
        ROOT.setLevel(Level.OFF);
    }

    /**
     * A broken broker.
     *
     * @param seed one that found it out once; others follow if it does not any more
     */
    private static Arguments broken(long seed, String name, Supplier<Tampering> tampering, String... foundBy) {
        return Arguments.of(name, seed, tampering, foundBy);
    }

    static Stream<Arguments> brokers() {
        return Stream.of(
                broken(
                        1,
                        "the journal is not synced",
                        BrokenDisks::journalIsNotSynced,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8",
                        "B5"),
                broken(
                        2,
                        "segments are not synced",
                        BrokenDisks::segmentsAreNotSynced,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "B4",
                        "W9"),
                broken(1, "metadata is not synced", BrokenDisks::metadataIsNotSynced, "B17", "W9"),
                broken(
                        1,
                        "directories are not synced",
                        BrokenDisks::directoriesAreNotSynced,
                        "B17",
                        "UNSEEN",
                        "B8",
                        "W9"),
                broken(9, "failed syncs are tried again", BrokenDisks::failedSyncsAreTriedAgain, "B17", "W9"),
                broken(
                        1,
                        "failed syncs of metadata are tried again",
                        BrokenDisks::failedSyncsOfMetadataAreTriedAgain,
                        "B17",
                        "W9"),
                broken(
                        2,
                        "failed syncs of records are tried again",
                        BrokenDisks::failedSyncsOfRecordsAreTriedAgain,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8",
                        "B4",
                        "W9"),
                broken(1, "writes get lost", BrokenDisks::writesGetLost, "B8", "B4", "UNSEEN", "LOST_WRITE"),
                broken(1, "reads are damaged", BrokenDisks::readsAreDamaged, "B4", "B8"),
                broken(
                        3,
                        "the journal is not replayed",
                        BrokenDisks::journalIsNotReplayed,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "W9",
                        "B4"),
                broken(
                        1,
                        "recovery cuts too much",
                        BrokenDisks::recoveryCutsTooMuch,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "B4"),
                broken(1, "offsets are forgotten", BrokenDisks::offsetsAreForgotten, "STALE_COMMIT"),
                broken(
                        1,
                        "acknowledges before sync",
                        BrokenAnswers::acknowledgesBeforeSync,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8"),
                broken(
                        1,
                        "acknowledges refused appends",
                        BrokenAnswers::acknowledgesRefusedAppends,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8"),
                broken(
                        1,
                        "the watermark is the end",
                        BrokenAnswers::watermarkIsTheEnd,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "B4"),
                broken(1, "duplicates are appended", BrokenAnswers::duplicatesAreAppended, "DUPLICATE"),
                broken(1, "producers are forgotten", BrokenAnswers::producersAreForgotten, "DUPLICATE", "B5"),
                broken(1, "the dedup window is one batch", BrokenProducerStates::windowOfOne, "B5"),
                broken(
                        6,
                        "producer snapshots are lost",
                        BrokenProducerStates::snapshotsAreLost,
                        "B9",
                        "B15",
                        "DUPLICATE"),
                broken(
                        1,
                        "producer ids are given twice",
                        BrokenAnswers::producerIdsAreGivenTwice,
                        "B5",
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS"),
                broken(
                        1,
                        "batches are misdirected",
                        BrokenAnswers::batchesAreMisdirected,
                        "PHANTOM",
                        "INCONSISTENT_OFFSETS",
                        "UNSEEN",
                        "LOST_WRITE",
                        "B5"),
                broken(
                        1,
                        "batches are reordered",
                        BrokenAnswers::batchesAreReordered,
                        "INCONSISTENT_OFFSETS",
                        "DUPLICATE",
                        "NONMONOTONIC_SEND"),
                broken(1, "fetches skip a batch", BrokenAnswers::fetchesSkipABatch, "POLL_SKIP", "INT_POLL_SKIP"),
                broken(1, "fetches see an old view", BrokenAnswers::fetchesSeeAnOldView, "B8"),
                broken(2, "commits are dropped", BrokenAnswers::commitsAreDropped, "STALE_COMMIT"),
                broken(2, "commits are not fenced", BrokenAnswers::commitsAreNotFenced, "B12"),
                broken(
                        3,
                        "offsets are shown while their commit is under way",
                        BrokenAnswers::offsetsAreShownWhileTheirCommitIsUnderWay,
                        "STALE_COMMIT"),
                broken(1, "stored offsets are old", BrokenAnswers::storedOffsetsAreOld, "STALE_COMMIT"));
    }

    static Stream<Arguments> transactions() {
        return Stream.of(
                broken(
                        5,
                        "ends of transactions are answered before they are durable",
                        BrokenTransactions::endsAreAnsweredBeforeTheyAreDurable,
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A",
                        "B9"),
                broken(
                        28,
                        "committed records are not durable",
                        BrokenTransactions::committedRecordsAreNotDurable,
                        "UNSEEN: ledger",
                        "UNSEEN: copies",
                        "LOST_WRITE: ledger",
                        "LOST_WRITE: copies",
                        "INCONSISTENT_OFFSETS: ledger",
                        "INCONSISTENT_OFFSETS: copies"),
                broken(
                        2,
                        "uncommitted records are served",
                        BrokenTransactions::uncommittedRecordsAreServed,
                        "PRECOMMITTED_READ",
                        "G1C "),
                broken(1, "markers come before data", BrokenTransactions::markersComeBeforeData, "G1A"),
                broken(
                        1,
                        "aborted transactions are not told",
                        BrokenTransactions::abortedTransactionsAreNotTold,
                        "G1A"),
                broken(
                        3,
                        "fenced producers end transactions",
                        BrokenTransactions::fencedProducersEndTransactions,
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A"),
                broken(5, "fenced producers write", BrokenTransactions::fencedProducersWrite, "B10", "G1A"),
                broken(
                        1,
                        "offsets are visible without markers",
                        BrokenTransactions::offsetsAreVisibleWithoutMarkers,
                        "B9",
                        "STALE_COMMIT"),
                broken(
                        7,
                        "transactions take offsets of any generation",
                        BrokenTransactions::transactionsTakeOffsetsOfAnyGeneration,
                        "B12",
                        "B9"),
                broken(
                        10,
                        "prepared transactions are forgotten",
                        BrokenTransactions::preparedTransactionsAreForgotten,
                        "B18",
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A"));
    }

    static Stream<Arguments> cleaners() {
        return Stream.of(
                broken(4, "tombstones go at once", BrokenCleaners::tombstonesGoAtOnce, "B15"),
                broken(1, "markers go at once", BrokenCleaners::markersGoAtOnce, "B18", "B9", "B15"),
                broken(1, "older values are kept", BrokenCleaners::olderValuesAreKept, "B15"),
                broken(
                        1,
                        "compacted segments are not synced",
                        BrokenDisks::compactedSegmentsAreNotSynced,
                        "B15",
                        "B8",
                        "W9",
                        "B18"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"brokers", "transactions", "cleaners"})
    void isFoundOut(String name, long firstSeed, Supplier<Tampering> tampering, String[] foundBy) {
        Predicate<String> meantForIt = problem ->
                Arrays.stream(foundBy).anyMatch(kind -> problem.startsWith(kind) || problem.contains("ms: " + kind));
        for (int i = 0; i < SEEDS_MAX; i++) {
            long seed = (firstSeed - 1 + i) % SEEDS_MAX + 1;
            SimulationResult result =
                    Simulation.run(SimulationOptions.of(seed), tampering.get(), line -> {}, meantForIt);
            if (result.problems().stream().anyMatch(meantForIt)) {
                System.out.println(name + ": seed " + seed + ": " + kinds(result));
                return;
            }
        }
        throw new AssertionError("Nobody noticed within " + SEEDS_MAX + " seeds that " + name);
    }

    static String kinds(SimulationResult result) {
        return String.join(
                ", ",
                result.problems().stream()
                        .map(problem ->
                                problem.startsWith("at ") ? problem.split(" ", -1)[3] : problem.split(" ", -1)[0])
                        .map(kind -> kind.replace(":", ""))
                        .distinct()
                        .toList());
    }
}
