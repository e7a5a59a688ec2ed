package io.headrace.core.coordinator;

import io.headrace.protocol.ErrorCode;

/** Turns the troubles of a coordinator's log into what its clients understand. */
public final class AppendErrors {
    private AppendErrors() {}

    /**
     * What a client is told that waited for an append.
     *
     * @param error why the log did not take it
     * @param ifTooLarge what stands for a record that is larger than the log takes: trying again is no use
     */
    public static ErrorCode shownToClients(ErrorCode error, ErrorCode ifTooLarge) {
        switch (error) {
            case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT:
                return ErrorCode.COORDINATOR_NOT_AVAILABLE;
            case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR, FENCED_LEADER_EPOCH:
                return ErrorCode.NOT_COORDINATOR;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE:
                return ifTooLarge;
            default:
                return error;
        }
    }
}
