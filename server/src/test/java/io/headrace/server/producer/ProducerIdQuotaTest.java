package io.headrace.server.producer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProducerIdQuotaTest {
    private long nowMs = 5_000;
    private final ProducerIdQuota quota = new ProducerIdQuota(2, 3, () -> nowMs);

    private int takeAll(String client) {
        int taken = 0;
        while (taken < 1_000 && quota.take(client)) {
            taken++;
        }
        return taken;
    }

    @Test
    void aHundredSecondsWorthAtOnceAndThenAsTimePasses() {
        assertThat(takeAll("a")).isEqualTo(200);
        nowMs += 499;
        assertThat(takeAll("a")).isZero();
        nowMs += 1;
        assertThat(takeAll("a")).isEqualTo(1);
        nowMs += 1_000_000;
        assertThat(takeAll("a")).as("no more than at the beginning").isEqualTo(200);
    }

    @Test
    void oneClientDoesNotUseUpAnothers() {
        assertThat(takeAll("a")).isEqualTo(200);
        assertThat(takeAll("b")).isEqualTo(200);
    }

    @Test
    void onlySoManyClientsAreRemembered() {
        assertThat(takeAll("a")).isEqualTo(200);
        assertThat(quota.take("b")).isTrue();
        assertThat(quota.take("c")).isTrue();
        assertThat(quota.take("a"))
                .as("it has asked again, so b is the quietest")
                .isFalse();
        assertThat(quota.take("d")).isTrue();
        assertThat(quota.take("a")).isFalse();
        assertThat(takeAll("b")).as("forgotten").isEqualTo(200);
    }
}
