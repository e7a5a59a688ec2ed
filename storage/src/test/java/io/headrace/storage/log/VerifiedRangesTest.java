package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerifiedRangesTest {
    private final VerifiedRanges ranges = new VerifiedRanges();

    @Test
    void coversWhatWasNotedAndNothingElse() {
        ranges.note(100, 200, 0);
        assertThat(ranges.endFrom(100, 0)).isGreaterThan(100);
        assertThat(ranges.endFrom(199, 0)).isGreaterThan(199);
        assertThat(ranges.endFrom(99, 0)).isEqualTo(99);
        assertThat(ranges.endFrom(200, 0)).isEqualTo(200);
    }

    @Test
    void aReaderWhoGoesOnMakesOneLongRange() {
        for (long offset = 0; offset < 1_000; offset += 10) {
            ranges.note(offset, offset + 10, 0);
        }
        assertThat(ranges.endFrom(0, 0)).isGreaterThan(0);
        assertThat(ranges.endFrom(555, 0)).isGreaterThan(555);
        assertThat(ranges.endFrom(999, 0)).isGreaterThan(999);
    }

    @Test
    void aRangeIsAsOldAsItsBeginning() {
        ranges.note(0, 10, 0);
        ranges.note(10, 20, VerifiedRanges.VALID_MS - 1);
        assertThat(ranges.endFrom(15, VerifiedRanges.VALID_MS - 1)).isGreaterThan(15);
        assertThat(ranges.endFrom(15, VerifiedRanges.VALID_MS)).isEqualTo(15);
        ranges.note(10, 20, VerifiedRanges.VALID_MS);
        assertThat(ranges.endFrom(15, VerifiedRanges.VALID_MS)).isGreaterThan(15);
        assertThat(ranges.endFrom(5, VerifiedRanges.VALID_MS)).isEqualTo(5);
    }

    @Test
    void moreRangesThanRoomForgetTheOldest() {
        for (int i = 0; i <= VerifiedRanges.RANGES_MAX; i++) {
            ranges.note(1_000L * i, 1_000L * i + 1, 0);
        }
        assertThat(ranges.endFrom(0, 0)).isEqualTo(0);
        assertThat(ranges.endFrom(1_000, 0)).isGreaterThan(1_000);
        assertThat(ranges.endFrom(1_000L * VerifiedRanges.RANGES_MAX, 0))
                .isGreaterThan(1_000L * VerifiedRanges.RANGES_MAX);
    }
}
