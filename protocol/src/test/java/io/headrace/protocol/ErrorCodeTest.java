package io.headrace.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
    @Test
    void codesAndNamesAreThoseOfKafka() {
        assertThat(Arrays.stream(ErrorCode.values()).collect(Collectors.toMap(ErrorCode::code, ErrorCode::name)))
                .isEqualTo(Arrays.stream(Errors.values()).collect(Collectors.toMap(Errors::code, Errors::name)));
    }

    @Test
    void whatMayBeTriedAgainIsWhatKafkaSays() {
        for (Errors kafkas : Errors.values()) {
            assertThat(ErrorCode.forCode(kafkas.code()).retriable())
                    .as(kafkas.name())
                    .isEqualTo(kafkas.exception() instanceof RetriableException);
        }
    }

    @Test
    void everyErrorHasASentenceOfItsOwn() {
        assertThat(ErrorCode.NONE.message()).isEmpty();
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::message).distinct())
                .hasSize(ErrorCode.values().length);
        for (Errors kafkas : Errors.values()) {
            if (kafkas != Errors.NONE) {
                assertThat(ErrorCode.forCode(kafkas.code()).message())
                        .endsWith(".")
                        .isNotEqualTo(kafkas.message());
            }
        }
    }

    @Test
    void unknownNumbersAreServerErrors() {
        for (short code : new short[] {-2, 134, Short.MAX_VALUE, Short.MIN_VALUE}) {
            assertThat(ErrorCode.forCode(code)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        }
    }
}
