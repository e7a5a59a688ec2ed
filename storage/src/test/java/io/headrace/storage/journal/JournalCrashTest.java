package io.headrace.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.Seeds;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournalCrashTest {
    @Test
    void acknowledgedGroupsSurviveWhereverThePowerGoes() {
        long filesReused = 0;
        for (long seed : Seeds.upTo(700).toArray()) {
            JournalLives lives = new JournalLives(new Random(seed * 7919));
            try {
                assertThat(lives.run()).isPositive();
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError(Seeds.replay(seed), e);
            }
            filesReused += lives.wrapped();
        }
        if (System.getProperty("seed") == null) {
            assertThat(filesReused).isGreaterThan(200);
        }
    }
}
