package io.headrace.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The leader epoch that a client believes in against the one there is (KIP-320). */
final class LeaderEpochTest {
    @ParameterizedTest
    @CsvSource({
        "-1, 0, NONE",
        "-1, 7, NONE",
        "-2, 0, FENCED_LEADER_EPOCH",
        "-2147483648, 7, FENCED_LEADER_EPOCH",
        "7, 7, NONE",
        "0, 0, NONE",
        "6, 7, FENCED_LEADER_EPOCH",
        "0, 2147483647, FENCED_LEADER_EPOCH",
        "8, 7, UNKNOWN_LEADER_EPOCH",
        "2147483647, 0, UNKNOWN_LEADER_EPOCH"
    })
    void aClientBehindIsFencedAndOneAheadIsUnknown(int client, int current, ErrorCode error) {
        assertThat(Partitions.leaderEpochError(client, current)).isEqualTo(error);
    }
}
