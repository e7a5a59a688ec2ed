package io.headrace.server.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a writer is told, by the version of its request, when the coordinator of its transaction refuses a partition (KIP-890). */
class VerificationErrorsTest {
    @ParameterizedTest
    @CsvSource({
        // error, Produce 3 and 10, Produce 11, Produce 12 and 13
        "NONE, NONE, NONE, NONE",
        "TRANSACTION_ABORTABLE, INVALID_TXN_STATE, TRANSACTION_ABORTABLE, TRANSACTION_ABORTABLE",
        "CONCURRENT_TRANSACTIONS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS, CONCURRENT_TRANSACTIONS",
        "COORDINATOR_LOAD_IN_PROGRESS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS",
        "COORDINATOR_NOT_AVAILABLE, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS",
        "NOT_COORDINATOR, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS",
        "NETWORK_EXCEPTION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS",
        "PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_EPOCH",
        "INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_ID_MAPPING,"
                + " INVALID_PRODUCER_ID_MAPPING",
        "INVALID_TXN_STATE, INVALID_TXN_STATE, INVALID_TXN_STATE, INVALID_TXN_STATE"
    })
    void ofRecords(ErrorCode error, ErrorCode upTo10, ErrorCode in11, ErrorCode from12) {
        for (short version = 3; version <= 13; version++) {
            ErrorCode expected = from12;
            if (version < 12) {
                expected = version < 11 ? upTo10 : in11;
            }
            assertThat(VerificationErrors.inProduceResponse(error, version))
                    .as("%s in version %d", error, version)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // error, TxnOffsetCommit 0 to 3, 4, 5
        "NONE, NONE, NONE, NONE",
        "TRANSACTION_ABORTABLE, INVALID_TXN_STATE, TRANSACTION_ABORTABLE, TRANSACTION_ABORTABLE",
        "CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS, CONCURRENT_TRANSACTIONS",
        "COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS,"
                + " COORDINATOR_LOAD_IN_PROGRESS",
        "NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS",
        "NETWORK_EXCEPTION, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS",
        "PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_EPOCH",
        "INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_ID_MAPPING,"
                + " INVALID_PRODUCER_ID_MAPPING"
    })
    void ofOffsets(ErrorCode error, ErrorCode upTo3, ErrorCode in4, ErrorCode in5) {
        for (short version = 0; version <= 5; version++) {
            ErrorCode expected = in5;
            if (version < 5) {
                expected = version < 4 ? upTo3 : in4;
            }
            assertThat(VerificationErrors.inOffsetCommitResponse(error, version))
                    .as("%s in version %d", error, version)
                    .isEqualTo(expected);
        }
    }
}
