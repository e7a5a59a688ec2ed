package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CleanerRestTest {
    private final CleanerRest rest = new CleanerRest();

    @Test
    void withNothingToWaitForTheRestIsTheConfiguredOne() {
        assertThat(rest.nextMs(false, 15_000)).isEqualTo(15_000);
        assertThat(rest.nextMs(false, 20)).isEqualTo(20);
        assertThat(rest.nextMs(false, 0)).isEqualTo(10);
    }

    @Test
    void aCheckpointIsWaitedForLongerEachTime() {
        for (long restMs : new long[] {1_000, 2_000, 4_000, 8_000, 15_000, 15_000}) {
            assertThat(rest.nextMs(true, 15_000)).isEqualTo(restMs);
        }
        assertThat(rest.nextMs(false, 15_000)).isEqualTo(15_000);
        assertThat(rest.nextMs(true, 15_000)).isEqualTo(1_000);
    }

    @Test
    void aCheckpointIsNotWaitedForLongerThanConfigured() {
        assertThat(rest.nextMs(true, 100)).isEqualTo(100);
        assertThat(rest.nextMs(true, 0)).isEqualTo(10);
        // The setting may be changed while the broker runs.
        assertThat(rest.nextMs(true, 15_000)).isEqualTo(20);
    }
}
