package io.headrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.Seeds;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power at steps of a busy store's life and at others of those that follow, most of them within recovery.
 *
 * <p>Replay one seed: {@code mvn -pl storage -am test -Dtest=StoreCrashSweepTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dseed=n}.
 */
class StoreCrashSweepTest {
    private static final int SEEDS = 19;
    private static final int LIVES = 5;
    private static final int POWER_CUTS_MIN = 20_000;

    @Test
    void acknowledgedRecordsSurviveWhereverThePowerGoes() throws IOException {
        long powerCuts = 0;
        long duplicates = 0;
        long deletions = 0;
        long aborts = 0;
        for (long seed : Seeds.upTo(SEEDS).toArray()) {
            long steps = StoreLives.stepsOfFirstLife(seed);
            for (long step = 1; step <= steps; step++) {
                try {
                    StoreLives lives = new StoreLives(seed);
                    powerCuts += lives.run(step, LIVES);
                    duplicates += lives.duplicatesSent;
                    deletions += lives.deletions;
                    aborts += lives.abortsChecked;
                } catch (AssertionError | IOException | RuntimeException e) {
                    throw new AssertionError(
                            "First power cut at step " + step + ". mvn -pl storage -am test -Dtest=StoreCrashSweepTest"
                                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dseed=" + seed,
                            e);
                }
            }
        }
        if (System.getProperty("seed") == null) {
            System.getLogger(StoreCrashSweepTest.class.getName())
                    .log(System.Logger.Level.INFO, "{0} power cuts", powerCuts);
            assertThat(powerCuts).isGreaterThanOrEqualTo(POWER_CUTS_MIN);
            assertThat(duplicates).isGreaterThan(POWER_CUTS_MIN);
            assertThat(deletions).isGreaterThan(1_000);
            assertThat(aborts).isGreaterThan(1_000);
        }
    }
}
