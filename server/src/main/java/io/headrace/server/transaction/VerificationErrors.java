package io.headrace.server.transaction;

import io.headrace.protocol.ErrorCode;

/** What clients are told when {@link TransactionVerifier} refuses, by the version of their request (KIP-890). */
public final class VerificationErrors {
    /** From here on a Produce request adds its partitions to the transaction. */
    public static final short FIRST_PRODUCE_VERSION_THAT_ADDS = 12;

    private static final short FIRST_PRODUCE_VERSION_WITH_ABORTABLE = 11;

    /** From here on a TxnOffsetCommit request adds the group's partition to the transaction. */
    public static final short FIRST_OFFSET_COMMIT_VERSION_THAT_ADDS = 5;

    private static final short FIRST_OFFSET_COMMIT_VERSION_WITH_ABORTABLE = 4;

    private VerificationErrors() {}

    /** The error of a partition in a TxnOffsetCommit response. What a retry may cure becomes an error that all clients retry. */
    public static ErrorCode inOffsetCommitResponse(ErrorCode error, short version) {
        switch (error) {
            case CONCURRENT_TRANSACTIONS:
                return version < FIRST_OFFSET_COMMIT_VERSION_THAT_ADDS ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : error;
            case NETWORK_EXCEPTION:
            case COORDINATOR_NOT_AVAILABLE:
            case NOT_COORDINATOR:
                // It is the coordinator of transactions that is missing, not the group's: no reason to look for that.
                return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
            case PRODUCER_FENCED:
                return ErrorCode.INVALID_PRODUCER_EPOCH;
            case TRANSACTION_ABORTABLE:
                return version < FIRST_OFFSET_COMMIT_VERSION_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error;
            default:
                return error;
        }
    }

    /**
     * The error of a partition in a Produce response. What a retry may cure becomes NOT_ENOUGH_REPLICAS, which every
     * client retries without asking for metadata.
     */
    public static ErrorCode inProduceResponse(ErrorCode error, short version) {
        switch (error) {
            case CONCURRENT_TRANSACTIONS:
                // Clients that begin transactions by writing know it well.
                return version < FIRST_PRODUCE_VERSION_THAT_ADDS ? ErrorCode.NOT_ENOUGH_REPLICAS : error;
            case NETWORK_EXCEPTION:
            case COORDINATOR_LOAD_IN_PROGRESS:
            case COORDINATOR_NOT_AVAILABLE:
            case NOT_COORDINATOR:
                return ErrorCode.NOT_ENOUGH_REPLICAS;
            case PRODUCER_FENCED:
                return ErrorCode.INVALID_PRODUCER_EPOCH;
            case TRANSACTION_ABORTABLE:
                return version < FIRST_PRODUCE_VERSION_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error;
            default:
                return error;
        }
    }
}
