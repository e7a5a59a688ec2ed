package io.headrace.cli.transaction;

import io.headrace.cli.client.TopicPartition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator knows about a transactional id.
 *
 * @param startMs when the open transaction began, in milliseconds since 1970; null when none is open
 * @param partitions that are part of the open transaction
 */
record TransactionDescription(
        String transactionalId,
        long producerId,
        short producerEpoch,
        String state,
        int timeoutMs,
        @Nullable Long startMs,
        List<TopicPartition> partitions) {
    private static final String ONGOING = "Ongoing";

    /** Whether its producer may still write, so that it takes somebody to end it. */
    boolean isOngoing() {
        return state.equals(ONGOING);
    }
}
