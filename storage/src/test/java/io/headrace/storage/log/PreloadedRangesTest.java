package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PreloadedRangesTest {
    private final PreloadedRanges ranges = new PreloadedRanges();

    @Test
    void coversWhatWasNotedAndNothingElse() {
        ranges.note(100, 200, 0);
        assertThat(ranges.covers(100, 0)).isTrue();
        assertThat(ranges.covers(199, 0)).isTrue();
        assertThat(ranges.covers(99, 0)).isFalse();
        assertThat(ranges.covers(200, 0)).isFalse();
    }

    @Test
    void aReaderWhoGoesOnMakesOneLongRange() {
        for (long offset = 0; offset < 1_000; offset += 10) {
            ranges.note(offset, offset + 10, 0);
        }
        assertThat(ranges.covers(0, 0)).isTrue();
        assertThat(ranges.covers(555, 0)).isTrue();
        assertThat(ranges.covers(999, 0)).isTrue();
    }

    @Test
    void aRangeIsAsOldAsItsBeginning() {
        ranges.note(0, 10, 0);
        ranges.note(10, 20, PreloadedRanges.VALID_MS - 1);
        assertThat(ranges.covers(15, PreloadedRanges.VALID_MS - 1)).isTrue();
        assertThat(ranges.covers(15, PreloadedRanges.VALID_MS)).isFalse();
        ranges.note(10, 20, PreloadedRanges.VALID_MS);
        assertThat(ranges.covers(15, PreloadedRanges.VALID_MS)).isTrue();
        assertThat(ranges.covers(5, PreloadedRanges.VALID_MS)).isFalse();
    }

    @Test
    void moreRangesThanRoomForgetTheOldest() {
        for (int i = 0; i <= PreloadedRanges.RANGES_MAX; i++) {
            ranges.note(1_000L * i, 1_000L * i + 1, 0);
        }
        assertThat(ranges.covers(0, 0)).isFalse();
        assertThat(ranges.covers(1_000, 0)).isTrue();
        assertThat(ranges.covers(1_000L * PreloadedRanges.RANGES_MAX, 0)).isTrue();
    }
}
