package io.headrace.core.transaction;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Completes prepared transactions: a marker to each partition, tried until it is written, then the record that all of them
 * are. Nothing stops a prepared transaction but the loss of the partition's lead; the next coordinator begins again.
 */
final class Markers {
    private record Retry(Transaction transaction, long atMs) {}

    private final int coordinatorEpoch;
    private final Waiter<MarkerWrite> writer;
    private final long retryMs;

    /** In order of time, as the pause is always the same. */
    private final Deque<Retry> retries = new ArrayDeque<>();

    /**
     * @param coordinatorEpoch the leader epoch under which the coordinator acts
     * @param writer to whom the markers go
     */
    Markers(int coordinatorEpoch, Waiter<MarkerWrite> writer, long retryMs) {
        this.coordinatorEpoch = coordinatorEpoch;
        this.writer = writer;
        this.retryMs = retryMs;
    }

    /** Begins to complete a transaction whose preparation is durable. */
    void begin(Transaction transaction, Effects effects) {
        TransactionMetadata completed = transaction.metadata.completed(effects.nowMs);
        transaction.completed = completed;
        transaction.pending = completed.state();
        transaction.unmarked.addAll(transaction.metadata.partitions());
        transaction.unmarked.forEach(partition -> send(transaction, partition, effects));
        completeIfMarked(transaction, effects);
    }

    /** Learns what became of a marker. */
    void onWritten(Transaction transaction, MarkerWrite marker, ErrorCode error, Effects effects) {
        TopicPartition partition = marker.partition();
        boolean isCurrent = transaction.completed != null
                && transaction.metadata.producerId() == marker.producerId()
                && transaction.metadata.producerEpoch() == marker.producerEpoch();
        if (!isCurrent || !transaction.unmarked.contains(partition) || transaction.toRetry.contains(partition)) {
            return;
        }
        switch (error) {
            case NONE:
            // The topic is gone, and the transaction's records with it.
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, UNSUPPORTED_FOR_MESSAGE_FORMAT, UNSUPPORTED_VERSION:
                transaction.unmarked.remove(partition);
                completeIfMarked(transaction, effects);
                break;
            case INVALID_PRODUCER_EPOCH:
                // A later epoch of the producer has been there, and that began only when this transaction was over.
                effects.note("The marker of transaction " + transaction.id + " is not wanted by " + partition
                        + ", which knows a later epoch than " + marker.producerEpoch());
                transaction.unmarked.remove(partition);
                completeIfMarked(transaction, effects);
                break;
            case TRANSACTION_COORDINATOR_FENCED:
                // Somebody else coordinates the transaction by now, and completes it.
                effects.note("The marker of transaction " + transaction.id + " came too late to " + partition
                        + ": its coordinator has an epoch above " + marker.coordinatorEpoch());
                break;
            default:
                transaction.toRetry.add(partition);
                schedule(transaction, effects.nowMs);
                break;
        }
    }

    private void send(Transaction transaction, TopicPartition partition, Effects effects) {
        TransactionMetadata metadata = transaction.metadata;
        effects.reply(
                writer,
                new MarkerWrite(
                        transaction.id,
                        partition,
                        metadata.producerId(),
                        metadata.producerEpoch(),
                        coordinatorEpoch,
                        metadata.state() == TransactionState.PREPARE_COMMIT,
                        metadata.clientVersion()));
    }

    private void completeIfMarked(Transaction transaction, Effects effects) {
        TransactionMetadata completed = transaction.completed;
        if (completed == null || !transaction.unmarked.isEmpty()) {
            return;
        }
        effects.write(transaction, completed, new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                transaction.completed = null;
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                transaction.pending = completed.state();
                schedule(transaction, later.nowMs);
            }
        });
    }

    private void schedule(Transaction transaction, long nowMs) {
        if (!transaction.retryScheduled) {
            transaction.retryScheduled = true;
            retries.addLast(new Retry(transaction, nowMs + retryMs));
        }
    }

    /** When something is to be tried again; {@link Long#MAX_VALUE} if nothing is. */
    long nextDeadlineMs() {
        Retry first = retries.peekFirst();
        return first == null ? Long.MAX_VALUE : first.atMs();
    }

    /** Tries again what is due. */
    void runDue(Effects effects) {
        while (nextDeadlineMs() <= effects.nowMs) {
            Transaction transaction = retries.removeFirst().transaction();
            transaction.retryScheduled = false;
            List<TopicPartition> again = List.copyOf(transaction.toRetry);
            transaction.toRetry.clear();
            again.forEach(partition -> send(transaction, partition, effects));
            completeIfMarked(transaction, effects);
        }
    }

    void clear() {
        retries.clear();
    }
}
