package io.headrace.network.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @Test
    void readsHostsWithAndWithoutPort() {
        assertThat(HostPort.parse("kafka:9093")).isEqualTo(new HostPort("kafka", 9093));
        assertThat(HostPort.parse("kafka")).isEqualTo(new HostPort("kafka", 9092));
        assertThat(HostPort.parse("[::1]:1234")).isEqualTo(new HostPort("::1", 1234));
        assertThat(HostPort.parse("::1")).isEqualTo(new HostPort("::1", 9092));
        assertThat(HostPort.parse("[::1]")).isEqualTo(new HostPort("::1", 9092));
        assertThat(HostPort.parseList(" a:1, b:2,")).containsExactly(new HostPort("a", 1), new HostPort("b", 2));
        assertThat(new HostPort("::1", 5)).hasToString("[::1]:5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":9092", "a:", "a:b", "a:0", "a:65536", "a:-1", "a:99999999999"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
