package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Compaction of random logs against a model, with power cuts at every step of it. */
final class CompactionModelTest {
    private static final List<DirectoryLoss> LOSSES = List.of(DirectoryLoss.values());
    private static final Path DIR = Path.of("/topic-0");
    private static final long START_MS = 1_000_000;
    private static final int SEEDS = 300;
    private static final int CRASH_SEEDS = 8;
    private static final int STEPS = 120;
    private static final int CRASH_STEPS = 32;
    private static final int CUTS_AFTER_SHORTAGE = 4;

    @Test
    void leavesExactlyWhatTheModelLeaves() throws IOException {
        int compactions = 0;
        int lagged = 0;
        int deletions = 0;
        int epochBumps = 0;
        for (long seed : Seeds.upTo(SEEDS).toArray()) {
            CompactedScenario scenario = new CompactedScenario(seed, new SimulatedDisk(), DIR, START_MS);
            try {
                scenario.run(STEPS, CompactedScenario::checkExactly);
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError(Seeds.replay(seed), e);
            }
            compactions += scenario.compactions;
            lagged += scenario.lagged;
            deletions += scenario.deletions;
            epochBumps += scenario.epochBumps;
        }
        boolean all = System.getProperty("seed") == null;
        assertThat(compactions).isGreaterThan(all ? 4 * SEEDS : 0);
        assertThat(lagged).isGreaterThan(all ? SEEDS / 10 : -1);
        assertThat(deletions).isGreaterThan(all ? SEEDS : -1);
        assertThat(epochBumps).isGreaterThan(all ? SEEDS : -1);
    }

    @Test
    void aPowerCutLeavesTheOldSegmentsOrTheNew() throws IOException {
        for (long seed : Seeds.upTo(CRASH_SEEDS).toArray()) {
            SimulatedDisk whole = new SimulatedDisk();
            new CompactedScenario(seed, whole, DIR, START_MS).run(CRASH_STEPS, scenario -> {});
            for (long step = 1; step <= whole.steps(); step++) {
                for (DirectoryLoss loss : DirectoryLoss.values()) {
                    try {
                        cut(seed, step, loss);
                    } catch (AssertionError | RuntimeException | IOException e) {
                        throw new AssertionError(
                                "power cut at step " + step + ", " + loss + "; " + Seeds.replay(seed), e);
                    }
                }
            }
        }
    }

    @Test
    void aDiskWithoutRoomForANewNameLeavesTheOldSegments() throws IOException {
        int shortages = 0;
        for (long seed : Seeds.upTo(CRASH_SEEDS).toArray()) {
            boolean more = true;
            for (int rename = 1; more; rename++) {
                try {
                    more = runShort(seed, rename);
                    shortages += more ? 1 : 0;
                } catch (AssertionError | RuntimeException | IOException e) {
                    throw new AssertionError("no room for rename " + rename + "; " + Seeds.replay(seed), e);
                }
            }
        }
        assertThat(shortages).isGreaterThan(System.getProperty("seed") == null ? 5 * CRASH_SEEDS : 0);
    }

    /** Returns whether there were so many renames. */
    private static boolean runShort(long seed, int rename) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        CompactedScenario scenario = new CompactedScenario(seed, disk, DIR, START_MS);
        long shortageStep = runShort(disk, scenario, rename);
        if (shortageStep == 0) {
            return false;
        }
        assertThat(scenario.shortages).isEqualTo(1);
        scenario.check();
        Random dice = new Random(seed * 1000 + rename);
        for (int i = 0; i < CUTS_AFTER_SHORTAGE; i++) {
            SimulatedDisk cut = new SimulatedDisk();
            cut.cutPowerAtStep(shortageStep + 1 + dice.nextInt(20));
            CompactedScenario again = new CompactedScenario(seed, cut, DIR, START_MS);
            try {
                assertThat(runShort(cut, again, rename)).isEqualTo(shortageStep);
            } catch (PowerCutException e) {
                // It comes back below.
            }
            again.afterCrash(cut.crash(dice, LOSSES.get(i % LOSSES.size())));
            again.check();
        }
        return true;
    }

    /** Returns the step of the rename of that number, counted within compactions; 0 if there were fewer. */
    private static long runShort(SimulatedDisk disk, CompactedScenario scenario, int rename) throws IOException {
        AtomicInteger left = new AtomicInteger(rename);
        AtomicLong found = new AtomicLong();
        disk.runOutOfRoomWhen((operation, path, step) -> {
            boolean hit = operation == Operation.RENAME && scenario.compacting && left.decrementAndGet() == 0;
            if (hit) {
                found.set(step);
            }
            return hit;
        });
        scenario.run(CRASH_STEPS, unchecked -> {});
        return found.get();
    }

    private static void cut(long seed, long step, DirectoryLoss loss) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.cutPowerAtStep(step);
        CompactedScenario scenario = new CompactedScenario(seed, disk, DIR, START_MS);
        try {
            scenario.run(CRASH_STEPS, unchecked -> {});
        } catch (PowerCutException e) {
            // The test begins here.
        }
        Random dice = new Random(seed * 1000 + step);
        // Again while it is opened, and then for good.
        SimulatedDisk after = disk.crash(dice, loss);
        after.cutPowerAtStep(1 + dice.nextInt(25));
        try {
            scenario.afterCrash(after);
        } catch (PowerCutException e) {
            // Recovery has to cope with what it did itself.
        }
        scenario.afterCrash(after.crash(dice, loss));
        scenario.check();
    }
}
