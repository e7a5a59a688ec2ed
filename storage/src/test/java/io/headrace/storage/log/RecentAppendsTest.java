package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentAppendsTest {
    @Test
    void nothingThatWasThereBeforeIsRecent() {
        assertThat(new RecentAppends(700).startOffset()).isEqualTo(700);
    }

    @Test
    void whatIsRecentIsBetweenHalfTheLimitAndTheLimit() {
        RecentAppends recent = new RecentAppends(0);
        int bytes = 100_000;
        for (long offset = 0; offset < 1_000; offset++) {
            recent.note(offset, bytes);
            long recentBytes = (offset + 1 - recent.startOffset()) * bytes;
            assertThat(recentBytes).isLessThanOrEqualTo(RecentAppends.BYTES_MAX);
            if (offset > 200) {
                assertThat(recentBytes).isGreaterThan(RecentAppends.BYTES_MAX / 2 - bytes);
            }
        }
    }
}
