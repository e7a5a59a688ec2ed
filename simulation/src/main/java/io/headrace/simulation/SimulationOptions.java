package io.headrace.simulation;

import io.headrace.storage.StoreOptions;
import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.ProducerLimits;
import java.util.SplittableRandom;

/**
 * What a simulation consists of; all of it follows from the seed, so that each seed looks elsewhere.
 *
 * @param seed where all chance comes from
 * @param durationMs how long faults and load last, in virtual milliseconds
 * @param linkDelayUsMax the longest way of a message
 * @param faults what goes wrong
 * @param clients who uses the broker
 * @param logs how the broker keeps its logs
 */
public record SimulationOptions(
        long seed, long durationMs, long linkDelayUsMax, Faults faults, Clients clients, Logs logs) {
    /** Every so many seeds there is one in which everything goes wrong that can, and often. */
    private static final int HARSH_EVERY = 4;

    /** The options that a seed stands for. */
    public static SimulationOptions of(long seed) {
        SplittableRandom random = new SplittableRandom(seed).split();
        Faults faults = Faults.any(random);
        return new SimulationOptions(
                seed,
                random.nextLong(5_000, 10_000),
                random.nextLong(1_000, 20_000),
                seed % HARSH_EVERY == 0 ? faults.harsh() : faults,
                Clients.any(random),
                Logs.any(random));
    }

    /**
     * What goes wrong.
     *
     * @param crashEveryMs the time between two ends of the broker, on average
     * @param otherEveryMs the time between two other faults, on average
     * @param powerCuts whether the power may fail; without, processes are killed only
     * @param diskErrors whether calls to the disk may fail
     * @param diskFull whether the disk may be full
     * @param clockJumps whether the wall clock may jump
     * @param bitFlips whether bits may flip in files that can be made again, or that are refused until they are right
     * @param cleanStops whether the broker is stopped in order, too
     */
    public record Faults(
            long crashEveryMs,
            long otherEveryMs,
            boolean powerCuts,
            boolean diskErrors,
            boolean diskFull,
            boolean clockJumps,
            boolean bitFlips,
            boolean cleanStops) {
        private static Faults any(SplittableRandom random) {
            return new Faults(
                    random.nextLong(600, 2_000),
                    random.nextLong(500, 3_000),
                    random.nextInt(4) > 0,
                    random.nextInt(3) == 0,
                    random.nextInt(3) == 0,
                    random.nextInt(3) == 0,
                    random.nextInt(3) == 0,
                    random.nextInt(2) == 0);
        }

        /** Every kind that loses something, one after the other. */
        private Faults harsh() {
            return new Faults(500, 300, true, true, true, clockJumps, true, false);
        }
    }

    /**
     * Who uses the broker.
     *
     * @param producers idempotent producers; half as many others
     * @param readers readers without a group
     * @param members members of a group
     * @param transactions who uses transactions
     * @param watched whether somebody asks for the offsets of groups all the time, somebody else stores some all the time, and
     *     transactions poll what they send to as well
     */
    public record Clients(int producers, int readers, int members, Transactions transactions, boolean watched) {
        private static Clients any(SplittableRandom random) {
            return new Clients(
                    random.nextInt(1, 4),
                    random.nextInt(1, 3),
                    random.nextInt(1, 4),
                    Transactions.any(random),
                    random.nextBoolean());
        }
    }

    /**
     * Who uses transactions.
     *
     * @param producers clients with a transactional id each
     * @param rivals as many of these ids have a second client
     * @param copiers clients that copy one topic to another
     * @param old every so many of the clients speak as they did before transactions version 2; 0 for none
     * @param timeoutMs how long coordinators wait for the end of a transaction
     */
    public record Transactions(int producers, int rivals, int copiers, int old, int timeoutMs) {
        private static Transactions any(SplittableRandom random) {
            return new Transactions(
                    random.nextInt(1, 3),
                    random.nextInt(2),
                    random.nextInt(1, 4),
                    random.nextInt(4),
                    random.nextInt(3) == 0 ? random.nextInt(300, 2_000) : 60_000);
        }
    }

    /**
     * How the broker keeps its logs.
     *
     * @param segmentBytes the size of segments
     * @param store the limits of the log store
     * @param cleaning how logs are compacted
     */
    public record Logs(int segmentBytes, StoreOptions store, Cleaning cleaning) {
        private static final int PAGE = 4096;
        /** What a coordinator writes in one step takes a quarter of the journal at the most. */
        private static final int CAPACITY_PAGES_MIN = 16;

        /** No batch of the simulated clients is larger; one that is larger than a segment is refused. */
        private static final int BATCH_BYTES_MAX = 1_200;

        private static Logs any(SplittableRandom random) {
            return new Logs(
                    Math.max(BATCH_BYTES_MAX, random.nextInt(500, 20_000)), store(random), Cleaning.any(random));
        }

        private static StoreOptions store(SplittableRandom random) {
            int first = random.nextInt(2, 6);
            int others = random.nextInt(3, 8);
            JournalOptions journal = new JournalOptions(
                    (long) first * PAGE,
                    (long) others * PAGE,
                    (long) Math.max(CAPACITY_PAGES_MIN, first + others * random.nextInt(2, 8)) * PAGE,
                    random.nextInt(2, 4) * PAGE);
            return new StoreOptions(
                    journal,
                    random.nextLong(300, 5_000),
                    random.nextInt(3, 50),
                    random.nextInt(2, 50),
                    1_000,
                    ProducerLimits.DEFAULT);
        }
    }

    /**
     * How logs are compacted.
     *
     * @param segmentBytes the size of segments of compacted topics
     * @param dirtyRatio from what share of dirty records on a log is compacted
     * @param keepsTombstones whether tombstones stay for longer than a run; else for a moment only
     * @param bytesPerSecondMax how much the cleaner may read and write
     * @param keyMapBytes the memory for keys
     */
    public record Cleaning(
            int segmentBytes, double dirtyRatio, boolean keepsTombstones, int bytesPerSecondMax, int keyMapBytes) {
        private static Cleaning any(SplittableRandom random) {
            return new Cleaning(
                    Math.max(Logs.BATCH_BYTES_MAX, random.nextInt(200, 4_000)),
                    random.nextDouble(0.05, 0.6),
                    random.nextInt(3) > 0,
                    random.nextInt(10_000, 2_000_000),
                    random.nextInt(500, 20_000));
        }

        /** How long tombstones stay. */
        long deleteRetentionMs() {
            // The clock may jump from two days behind to two days ahead.
            return keepsTombstones ? 30 * 86_400_000L : 300;
        }
    }
}
