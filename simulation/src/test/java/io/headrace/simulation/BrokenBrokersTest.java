package io.headrace.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.simulation.broker.Tampering;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The checks are checked: a broker that is broken in one way is found out within a few seeds, by the check that is meant
 * for it.
 */
class BrokenBrokersTest {
    private static final int SEEDS_MAX = 60;

    /** Where to begin with what takes a rare course to show. */
    private static final Map<String, Long> FIRST_SEEDS =
            Map.of("commits are not fenced", 29L, "committed records are not durable", 9L);

    /** What only clients see that ask for offsets all the time, or poll between the sends of a transaction. */
    private static final Set<String> NEED_WATCHERS = Set.of("uncommitted records are served");

    /** What a sound broker was found guilty of, by the options of its run. */
    private static final Map<SimulationOptions, List<String>> SOUND = new ConcurrentHashMap<>();

    private static final Logger ROOT = Logger.getLogger("");

    @BeforeAll
    static void quieten() {
        ROOT.setLevel(Level.OFF);
    }

    private static Arguments broken(String name, Supplier<Tampering> tampering, String... foundBy) {
        return Arguments.of(name, tampering, foundBy);
    }

    static Stream<Arguments> brokers() {
        return Stream.of(
                broken(
                        "the journal is not synced",
                        BrokenDisks::journalIsNotSynced,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8",
                        "B5"),
                broken(
                        "segments are not synced",
                        BrokenDisks::segmentsAreNotSynced,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "B4",
                        "W9"),
                broken("metadata is not synced", BrokenDisks::metadataIsNotSynced, "B17", "W9"),
                broken("directories are not synced", BrokenDisks::directoriesAreNotSynced, "B17", "UNSEEN", "B8", "W9"),
                broken("failed syncs are tried again", BrokenDisks::failedSyncsAreTriedAgain, "B17", "W9"),
                broken(
                        "failed syncs of records are tried again",
                        BrokenDisks::failedSyncsOfRecordsAreTriedAgain,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8",
                        "B4",
                        "W9"),
                broken("writes get lost", BrokenDisks::writesGetLost, "B8", "B4", "UNSEEN", "LOST_WRITE"),
                broken("reads are damaged", BrokenDisks::readsAreDamaged, "B4", "B8"),
                broken(
                        "the journal is not replayed",
                        BrokenDisks::journalIsNotReplayed,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "W9",
                        "B4"),
                broken("recovery cuts too much", BrokenDisks::recoveryCutsTooMuch, "UNSEEN", "LOST_WRITE", "B8", "B4"),
                broken("offsets are forgotten", BrokenDisks::offsetsAreForgotten, "STALE_COMMIT"),
                broken(
                        "acknowledges before sync",
                        BrokenAnswers::acknowledgesBeforeSync,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8"),
                broken(
                        "acknowledges refused appends",
                        BrokenAnswers::acknowledgesRefusedAppends,
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS",
                        "B8"),
                broken(
                        "the watermark is the end",
                        BrokenAnswers::watermarkIsTheEnd,
                        "UNSEEN",
                        "LOST_WRITE",
                        "B8",
                        "B4"),
                broken("duplicates are appended", BrokenAnswers::duplicatesAreAppended, "DUPLICATE"),
                broken("producers are forgotten", BrokenAnswers::producersAreForgotten, "DUPLICATE", "B5"),
                broken("the dedup window is one batch", BrokenProducerStates::windowOfOne, "B5"),
                broken("producer snapshots are lost", BrokenProducerStates::snapshotsAreLost, "B9", "B15", "DUPLICATE"),
                broken(
                        "producer ids are given twice",
                        BrokenAnswers::producerIdsAreGivenTwice,
                        "B5",
                        "UNSEEN",
                        "LOST_WRITE",
                        "INCONSISTENT_OFFSETS"),
                broken(
                        "batches are misdirected",
                        BrokenAnswers::batchesAreMisdirected,
                        "PHANTOM",
                        "INCONSISTENT_OFFSETS",
                        "UNSEEN",
                        "LOST_WRITE",
                        "B5"),
                broken(
                        "batches are reordered",
                        BrokenAnswers::batchesAreReordered,
                        "INCONSISTENT_OFFSETS",
                        "DUPLICATE",
                        "NONMONOTONIC_SEND"),
                broken("fetches skip a batch", BrokenAnswers::fetchesSkipABatch, "POLL_SKIP", "INT_POLL_SKIP"),
                broken("fetches see an old view", BrokenAnswers::fetchesSeeAnOldView, "B8"),
                broken("commits are dropped", BrokenAnswers::commitsAreDropped, "STALE_COMMIT"),
                broken("commits are not fenced", BrokenAnswers::commitsAreNotFenced, "B12"),
                broken("stored offsets are old", BrokenAnswers::storedOffsetsAreOld, "STALE_COMMIT"));
    }

    static Stream<Arguments> transactions() {
        return Stream.of(
                broken(
                        "ends of transactions are answered before they are durable",
                        BrokenTransactions::endsAreAnsweredBeforeTheyAreDurable,
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A",
                        "B9"),
                broken(
                        "committed records are not durable",
                        BrokenTransactions::committedRecordsAreNotDurable,
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "INCONSISTENT_OFFSETS: ledger"),
                broken(
                        "uncommitted records are served",
                        BrokenTransactions::uncommittedRecordsAreServed,
                        "PRECOMMITTED_READ",
                        "G1C "),
                broken("markers come before data", BrokenTransactions::markersComeBeforeData, "G1A"),
                broken("aborted transactions are not told", BrokenTransactions::abortedTransactionsAreNotTold, "G1A"),
                broken(
                        "fenced producers end transactions",
                        BrokenTransactions::fencedProducersEndTransactions,
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A"),
                broken("fenced producers write", BrokenTransactions::fencedProducersWrite, "B10", "G1A"),
                broken(
                        "offsets are visible without markers",
                        BrokenTransactions::offsetsAreVisibleWithoutMarkers,
                        "B9",
                        "STALE_COMMIT"),
                broken(
                        "transactions take offsets of any generation",
                        BrokenTransactions::transactionsTakeOffsetsOfAnyGeneration,
                        "B12",
                        "B9"),
                broken(
                        "prepared transactions are forgotten",
                        BrokenTransactions::preparedTransactionsAreForgotten,
                        "B18",
                        "UNSEEN: ledger",
                        "LOST_WRITE: ledger",
                        "G1A"));
    }

    static Stream<Arguments> cleaners() {
        return Stream.of(
                broken("tombstones go at once", BrokenCleaners::tombstonesGoAtOnce, "B15"),
                broken("markers go at once", BrokenCleaners::markersGoAtOnce, "B18", "B9", "B15"),
                broken("older values are kept", BrokenCleaners::olderValuesAreKept, "B15"),
                broken(
                        "compacted segments are not synced",
                        BrokenDisks::compactedSegmentsAreNotSynced,
                        "B15",
                        "B8",
                        "W9",
                        "B18"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"brokers", "transactions", "cleaners"})
    void isFoundOut(String name, Supplier<Tampering> tampering, String[] foundBy) {
        for (long seed = FIRST_SEEDS.getOrDefault(name, 1L); seed <= SEEDS_MAX; seed++) {
            Predicate<String> meantForIt = problem -> Arrays.stream(foundBy)
                    .anyMatch(kind -> problem.startsWith(kind) || problem.contains("ms: " + kind));
            SimulationOptions options = options(seed, NEED_WATCHERS.contains(name));
            SimulationResult result = Simulation.run(options, tampering.get(), line -> {}, meantForIt);
            boolean found = result.problems().stream().anyMatch(meantForIt);
            if (found) {
                System.out.println(name + ": seed " + seed + ": " + kinds(result));
                assertThat(problemsOfASoundBroker(options))
                        .as("a sound broker in seed %d", seed)
                        .isEmpty();
                return;
            }
        }
        throw new AssertionError("Nobody noticed within " + SEEDS_MAX + " seeds that " + name);
    }

    /** In which the broken ones among {@link #brokers} are found out that need everything to happen that can. */
    @ParameterizedTest
    @ValueSource(longs = {2, 4, 6, 10, 30})
    void aSoundBrokerIsFoundGuiltyOfNothingInTheSameSeeds(long seed) {
        assertThat(problemsOfASoundBroker(options(seed, false)))
                .as("seed %d", seed)
                .isEmpty();
    }

    /** Each seed is run once, however many broken brokers are found out by it. */
    private static List<String> problemsOfASoundBroker(SimulationOptions options) {
        return SOUND.computeIfAbsent(options, unknown -> Simulation.run(unknown, Tampering.NONE, line -> {})
                .problems());
    }

    /** Every other seed is one of those in which everything happens that can. */
    static SimulationOptions options(long seed, boolean watched) {
        SimulationOptions options = SimulationOptions.of(seed);
        SimulationOptions harsh = seed % 2 == 0 ? options.harsh() : options;
        return watched ? harsh.withWatchers() : harsh;
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
