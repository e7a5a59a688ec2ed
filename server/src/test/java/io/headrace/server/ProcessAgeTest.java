package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProcessAgeTest {
    private static final String FIELDS_3_TO_21 = "S 1 10 10 0 -1 4194304 500 0 0 0 7 3 0 0 20 0 30 0";

    @Test
    void isWhatLiesBetweenTheStartInTicksAndTheUptimeInSeconds() {
        assertThat(ProcessAge.betweenMs("10 (java) " + FIELDS_3_TO_21 + " 123400 99 5", "1234.57 2000.00\n"))
                .isEqualTo(570);
    }

    @Test
    void theNameOfTheProgramMayHaveSpacesAndParentheses() {
        assertThat(ProcessAge.betweenMs("10 (a) 1 (b c) " + FIELDS_3_TO_21 + " 100 99 5", "3.00 2.00\n"))
                .isEqualTo(2000);
    }

    @Test
    void whatIsNoSuchTextIsRefused() {
        assertThatThrownBy(() -> ProcessAge.betweenMs("10 (java) S 1", "3.00 2.00\n"))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ProcessAge.betweenMs("10 (java) " + FIELDS_3_TO_21 + " x 9", "3.00 2.00\n"))
                .isInstanceOf(NumberFormatException.class);
    }

    @Test
    void thisProcessStartedBeforeThisTest() {
        long before = ProcessAge.ofThisProcessMs();
        assertThat(before).isPositive().isLessThan(24 * 3600_000L);
        assertThat(ProcessAge.ofThisProcessMs()).isGreaterThanOrEqualTo(before);
    }
}
