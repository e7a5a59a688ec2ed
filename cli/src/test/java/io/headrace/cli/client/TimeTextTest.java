package io.headrace.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeTextTest {
    @Test
    void readsDurations() {
        assertThat(TimeText.duration("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(TimeText.duration("10")).isEqualTo(Duration.ofSeconds(10));
        assertThat(TimeText.duration("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(TimeText.duration("7d")).isEqualTo(Duration.ofDays(7));
        assertThat(TimeText.duration("PT1H30M")).isEqualTo(Duration.ofMinutes(90));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "10 years", "-5s", "99999999999999999999"})
    void refusesOtherDurations(String text) {
        assertThatThrownBy(() -> TimeText.duration(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsTimes() {
        assertThat(instant("1700000000000")).isEqualTo(1_700_000_000_000L);
        assertThat(instant("2023-11-14T22:13:20Z")).isEqualTo(1_700_000_000_000L);
        assertThat(instant("2023-11-14T23:13:20+01:00")).isEqualTo(1_700_000_000_000L);
        assertThat(instant("2023-11-14T22:13:20")).isEqualTo(1_700_000_000_000L);
        assertThat(instant("1970-01-02")).isEqualTo(86_400_000L);
        assertThat(instant("-1h")).isEqualTo(10_000_000L - 3_600_000L);
        assertThatThrownBy(() -> instant("soon")).isInstanceOf(IllegalArgumentException.class);
        assertThat(TimeText.rfc3339(0)).isEqualTo("1970-01-01T00:00:00.000Z");
        assertThat(TimeText.rfc3339(1)).isEqualTo("1970-01-01T00:00:00.001Z");
    }

    private static long instant(String text) {
        return TimeText.instantMs(text, 10_000_000L, ZoneOffset.UTC);
    }
}
