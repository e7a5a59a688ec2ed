package io.headrace.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The broker under many seeds; under one alone with {@code -Dseed=}. */
class SimulationTest {
    private static final int SEEDS = 200;
    private static final int CRASHES_MIN = 1_000;

    /** What must happen in some seed, or a part of the broker is not looked at. */
    private static final List<String> MUST_HAPPEN = List.of(
            "is killed",
            "loses power",
            "planned cuts",
            "power cuts during starts",
            "clean stops",
            "failing disks",
            "failing syncs",
            "full disks",
            "slow disks",
            "clock jumps",
            "failing reads",
            "flipped bits",
            "flipped bits of .index",
            "flipped bits of .timeindex",
            "flipped bits of .txnindex",
            "flipped bits of .txncheck",
            "flipped bits of .snapshot",
            "flipped bits of leader-epoch-checkpoint",
            "flipped bits of recovery-point-offset-checkpoint",
            "flipped bits of replication-offset-checkpoint",
            "flipped bits of log-start-offset-checkpoint",
            "flipped bits of cleaner-offset-checkpoint",
            "flipped bits of journal",
            "damaged journals refused",
            "batches sent again",
            "fetches in sessions",
            "generations",
            "commits",
            "members told UNKNOWN_MEMBER_ID",
            "members told REBALANCE_IN_PROGRESS",
            "topics deleted",
            "transactional batches acknowledged",
            "transactions committed",
            "transactions aborted",
            "transactions lost to PRODUCER_FENCED",
            "copies committed",
            "copies aborted",
            "offsets in transactions",
            "offsets in transactions refused UNKNOWN_MEMBER_ID",
            "logs compacted",
            "compactions cut short",
            "passes over the compacted topic",
            "polls between sends",
            "offsets stored",
            "offsets watched");

    private static final Logger ROOT = Logger.getLogger("");

    @BeforeAll
    static void quieten() {
        // Every second line would be an error that was injected; a replay shows them.
        ROOT.setLevel(Long.getLong("seed") == null ? Level.OFF : Level.INFO);
    }

    @Test
    void manySeedsFindNothing() {
        Long replayed = Long.getLong("seed");
        if (replayed != null) {
            SimulationResult result = Simulation.run(replayed);
            result.lastLines().forEach(System.out::println);
            assertThat(result.problems()).as(result.report()).isEmpty();
            return;
        }
        List<SimulationResult> failed = Collections.synchronizedList(new ArrayList<>());
        TreeMap<String, Integer> counts = new TreeMap<>();
        AtomicInteger acknowledgedNothing = new AtomicInteger();
        // Those that find out broken brokers are among them.
        LongStream.rangeClosed(1, SEEDS).parallel().mapToObj(Simulation::run).forEach(result -> {
            if (!result.problems().isEmpty()) {
                failed.add(result);
            }
            if (result.acknowledged() < 20) {
                acknowledgedNothing.incrementAndGet();
            }
            synchronized (counts) {
                result.counts().forEach((what, count) -> counts.merge(what, count, Integer::sum));
            }
        });
        System.out.println(SEEDS + " seeds: " + counts);
        failed.forEach(result -> System.out.println(result.report()));
        assertThat(failed.stream().map(SimulationResult::report)).isEmpty();
        assertThat(counts.getOrDefault("crashes", 0)).isGreaterThanOrEqualTo(CRASHES_MIN);
        assertThat(acknowledgedNothing.get()).isZero();
        assertThat(counts).containsKeys(MUST_HAPPEN.toArray(String[]::new));
    }
}
