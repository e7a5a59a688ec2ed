package io.headrace.core.transaction;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A transactional id: what is durable about it, and what is on the way. */
final class Transaction {
    final String id;

    /** What the log says; before the first record of an id, what it will begin with. */
    TransactionMetadata metadata;

    /** The state that it is moving to. While there is one, nobody else may move it. */
    @Nullable
    TransactionState pending;

    /** What is written once all markers are, while a prepared transaction is being completed. */
    @Nullable
    TransactionMetadata completed;

    /** Partitions whose marker is not known to be written. */
    final Set<TopicPartition> unmarked = new TreeSet<>();

    /** Those of them that are waiting for another try. */
    final Set<TopicPartition> toRetry = new TreeSet<>();

    /** Whether another try is scheduled. */
    boolean retryScheduled = false;

    /** Additions that wait for nothing to be pending. */
    final Deque<PartitionAdds.Add> waiting = new ArrayDeque<>();

    Transaction(String id, TransactionMetadata metadata) {
        this.id = id;
        this.metadata = metadata;
    }

    boolean isMoving() {
        return pending != null;
    }

    boolean isFresh() {
        return metadata.producerEpoch() == TransactionMetadata.NO_EPOCH;
    }
}
