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
 * @param crashEveryMs the time between two ends of the broker, on average
 * @param faultEveryMs the time between two other faults, on average
 * @param powerCuts whether the power may fail; without, processes are killed only
 * @param diskErrors whether calls to the disk may fail
 * @param diskFull whether the disk may be full
 * @param clockJumps whether the wall clock may jump
 * @param bitFlips whether bits may flip in files that can be made again
 * @param cleanStops whether the broker is stopped in order, too
 * @param segmentBytes the size of segments
 * @param linkDelayUsMax the longest way of a message
 * @param producers idempotent producers; half as many others
 * @param readers readers without a group
 * @param members members of a group
 * @param store the limits of the log store
 * @param transactions who uses transactions
 * @param cleaning how logs are compacted
 * @param watched whether somebody asks for the offsets of groups all the time, and transactions poll what they send to as well
 */
public record SimulationOptions(
        long seed,
        long durationMs,
        long crashEveryMs,
        long faultEveryMs,
        boolean powerCuts,
        boolean diskErrors,
        boolean diskFull,
        boolean clockJumps,
        boolean bitFlips,
        boolean cleanStops,
        int segmentBytes,
        long linkDelayUsMax,
        int producers,
        int readers,
        int members,
        StoreOptions store,
        Transactions transactions,
        Cleaning cleaning,
        boolean watched) {
    private static final int PAGE = 4096;
    /** No batch of the simulated clients is larger; one that is larger than a segment is refused. */
    private static final int BATCH_BYTES_MAX = 1_200;

    /**
     * Who uses transactions.
     *
     * @param producers clients with a transactional id each
     * @param rivals as many of these ids have a second client
     * @param copiers clients that copy one topic to another
     * @param old every so many of the clients speak as they did before transactions version 2; 0 for none
     * @param timeoutMs how long coordinators wait for the end of a transaction
     */
    public record Transactions(int producers, int rivals, int copiers, int old, int timeoutMs) {}

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
        /** How long tombstones stay. */
        long deleteRetentionMs() {
            // The clock may jump from two days behind to two days ahead.
            return keepsTombstones ? 30 * 86_400_000L : 300;
        }
    }

    /** The options that a seed stands for. */
    public static SimulationOptions of(long seed) {
        SplittableRandom random = new SplittableRandom(seed).split();
        return new SimulationOptions(
                seed,
                random.nextLong(5_000, 10_000),
                random.nextLong(600, 2_000),
                random.nextLong(500, 3_000),
                random.nextInt(4) > 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(2) == 0,
                Math.max(BATCH_BYTES_MAX, random.nextInt(500, 20_000)),
                random.nextLong(1_000, 20_000),
                random.nextInt(1, 4),
                random.nextInt(1, 3),
                random.nextInt(1, 4),
                store(random),
                transactions(random),
                cleaning(random),
                false);
    }

    private static Cleaning cleaning(SplittableRandom random) {
        return new Cleaning(
                Math.max(BATCH_BYTES_MAX, random.nextInt(200, 4_000)),
                random.nextDouble(0.05, 0.6),
                random.nextInt(3) > 0,
                random.nextInt(10_000, 2_000_000),
                random.nextInt(500, 20_000));
    }

    private static Transactions transactions(SplittableRandom random) {
        return new Transactions(
                random.nextInt(1, 3),
                random.nextInt(2),
                random.nextInt(1, 4),
                random.nextInt(4),
                random.nextInt(3) == 0 ? random.nextInt(300, 2_000) : 60_000);
    }

    /** The same with every kind of fault that loses something, one after the other. */
    public SimulationOptions harsh() {
        return new SimulationOptions(
                seed,
                durationMs,
                500,
                300,
                true,
                true,
                true,
                clockJumps,
                true,
                false,
                segmentBytes,
                linkDelayUsMax,
                producers,
                readers,
                members,
                store,
                transactions,
                cleaning,
                watched);
    }

    /** The same with clients that see more of what is under way. */
    public SimulationOptions withWatchers() {
        return new SimulationOptions(
                seed,
                durationMs,
                crashEveryMs,
                faultEveryMs,
                powerCuts,
                diskErrors,
                diskFull,
                clockJumps,
                bitFlips,
                cleanStops,
                segmentBytes,
                linkDelayUsMax,
                producers,
                readers,
                members,
                store,
                transactions,
                cleaning,
                true);
    }

    private static StoreOptions store(SplittableRandom random) {
        int first = random.nextInt(2, 6);
        int others = random.nextInt(3, 8);
        JournalOptions journal = new JournalOptions(
                (long) first * PAGE,
                (long) others * PAGE,
                (long) (first + others * random.nextInt(2, 8)) * PAGE,
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
