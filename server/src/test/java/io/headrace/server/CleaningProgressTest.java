package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.compact.CompactionCounters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleaningProgressTest {
    @Test
    void aLongRunTellsEachMinuteAndAShortOneNothing() {
        CleaningProgress progress = new CleaningProgress(new CompactionCounters());
        List<Long> told = new ArrayList<>();
        progress.began(1_000);
        for (long nowMs = 1_000; nowMs <= 151_000; nowMs += 10_000) {
            String line = progress.line(nowMs);
            if (line != null) {
                assertThat(line).startsWith("Compacting for " + (nowMs / 1_000 - 1) + " s: 0 logs done");
                told.add(nowMs);
            }
        }
        assertThat(told).containsExactly(61_000L, 121_000L);
        progress.ended();
        assertThat(progress.line(999_000)).isNull();
        progress.began(999_000);
        assertThat(progress.line(1_000_000)).isNull();
    }
}
