package io.headrace.server.partition;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.storage.AppendTask;
import io.headrace.storage.JointAppend;
import io.headrace.storage.MarkerTask;
import io.headrace.storage.WriterTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Ends transactions in the partitions that this broker leads: appends the markers that coordinators send. Any thread. */
public final class TransactionMarkers {
    private final Partitions partitions;
    private final GroupCoordinators groups;
    private final MarkerTask.Sender sender;
    private final LongSupplier clockMs;

    /**
     * @param groups told of the transactions that end in {@code __consumer_offsets}
     * @param sender whose markers these are
     * @param clockMs the time in milliseconds since the epoch
     */
    public TransactionMarkers(
            Partitions partitions, GroupCoordinators groups, MarkerTask.Sender sender, LongSupplier clockMs) {
        this.partitions = partitions;
        this.groups = groups;
        this.sender = sender;
        this.clockMs = clockMs;
    }

    /**
     * Appends a marker. In {@code __consumer_offsets}, the offsets that the transaction committed have become visible, or are
     * dropped, when this is done.
     *
     * @param producerEpoch the epoch that the marker carries; with transactions version 2 the coordinator has raised it
     * @param coordinatorEpoch the epoch of the transaction's coordinator, which fences older ones that send requests
     * @param commit false for an abort
     * @param transactionVersion the version of transactions that this one was ended with
     * @param done told the outcome once, on any thread: {@code NONE} when the marker is durable;
     *     INVALID_REQUEST, INVALID_PRODUCER_EPOCH and TRANSACTION_COORDINATOR_FENCED are final; UNKNOWN_TOPIC_OR_PARTITION,
     *     NOT_LEADER_OR_FOLLOWER, LEADER_NOT_AVAILABLE and KAFKA_STORAGE_ERROR mean to try again
     */
    public void append(
            String topic,
            int partition,
            long producerId,
            short producerEpoch,
            int coordinatorEpoch,
            boolean commit,
            short transactionVersion,
            Consumer<ErrorCode> done) {
        if (producerId < 0 || producerEpoch < 0) {
            done.accept(ErrorCode.INVALID_REQUEST);
            return;
        }
        if (partitions.image().partition(topic, partition) == null) {
            // The coordinator of groups would only say that it is not here.
            done.accept(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            return;
        }
        EndTransactionMarker marker = new EndTransactionMarker(commit, coordinatorEpoch);
        CoordinatorShards.ForeignAppend append = (before, outcome) ->
                append(topic, partition, producerId, producerEpoch, marker, transactionVersion, before, outcome);
        if (topic.equals(TopicImage.CONSUMER_OFFSETS)) {
            groups.endTransaction(partition, producerId, commit, append, done);
        } else {
            append.append(PartitionAppender.Batches.NONE, done);
        }
    }

    private void append(
            String topicName,
            int partition,
            long producerId,
            short producerEpoch,
            EndTransactionMarker marker,
            short transactionVersion,
            PartitionAppender.Batches before,
            Consumer<ErrorCode> done) {
        TopicImage topic = partitions.image().topic(topicName);
        Partitions.Found found = topic == null ? null : partitions.leader(topic, partition);
        ErrorCode error = found == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : found.error();
        if (found == null || error != ErrorCode.NONE) {
            before.fail(error);
            done.accept(error);
            return;
        }
        AppendTask markerTask = new MarkerTask(
                found.replicaOrThrow(),
                found.leaderEpoch(),
                sender,
                producerId,
                producerEpoch,
                marker,
                transactionVersion,
                clockMs.getAsLong(),
                done);
        WriterTask task = markerTask;
        if (!before.isEmpty()) {
            List<AppendTask> parts = new ArrayList<>(CoordinatorLog.appendsOf(before, found));
            parts.add(markerTask);
            task = new JointAppend(parts);
        }
        partitions.store().writer().enqueueInternal(task);
    }
}
