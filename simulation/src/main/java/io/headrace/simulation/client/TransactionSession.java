package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AddOffsetsToTxnRequest;
import io.headrace.protocol.message.AddOffsetsToTxnResponse;
import io.headrace.protocol.message.AddPartitionsToTxnRequest;
import io.headrace.protocol.message.AddPartitionsToTxnResponse;
import io.headrace.protocol.message.EndTxnRequest;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.simulation.client.Topics.Partition;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of transactions under one transactional id, of version 2 (KIP-890) or as older clients have them (KIP-98).
 * One call at a time; each is sent again until its end is known, over as many links as that takes.
 *
 * <p>An older client cannot know whether what it sent over a link that broke arrives in its next transaction, which has the
 * same epoch. It gives the transaction up and begins with another epoch.
 */
final class TransactionSession {
    /** How a call ended. */
    enum End {
        DONE,
        /** The transaction can only be aborted. */
        REFUSED,
        /** The identity is worth nothing any more. */
        FENCED
    }

    private static final byte KEY_TYPE_TRANSACTION = 1;
    private static final short ADD_PARTITIONS_VERSION_MAX = 3;
    private static final short ADD_OFFSETS_VERSION_MAX = 4;
    private static final short OLD_OFFSET_COMMIT_VERSION_MAX = 4;
    private static final short OLD_END_VERSION_MAX = 4;

    private final SimulatedClient client;
    private final String transactionalId;
    private final int timeoutMs;
    private final boolean isOld;
    private final Map<Partition, Integer> sequences = new LinkedHashMap<>();
    private final Set<Partition> added = new LinkedHashSet<>();
    private boolean offsetsAdded;
    private long producerId = -1;
    private short epoch = -1;
    private @Nullable Consumer<End> whenEnded;
    private @Nullable Runnable request;
    /** Requests to commit of which it is not known that they did nothing. */
    private int doubtfulCommits;

    private boolean commits;
    private ErrorCode lastError = ErrorCode.NONE;

    /** @param isOld whether to speak as a client of before transactions version 2 */
    TransactionSession(SimulatedClient client, String transactionalId, int timeoutMs, boolean isOld) {
        this.client = client;
        this.transactionalId = transactionalId;
        this.timeoutMs = timeoutMs;
        this.isOld = isOld;
    }

    String transactionalId() {
        return transactionalId;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    boolean isOld() {
        return isOld;
    }

    /** What the last call that was not {@link End#DONE} was refused with. */
    ErrorCode lastError() {
        return lastError;
    }

    /** Whether the transaction that was given up may be, or become, committed. */
    boolean isDoubtful() {
        return doubtfulCommits > 0;
    }

    /** The sequence of the next batch of a partition. */
    int nextSequence(Partition partition, int count) {
        int sequence = sequences.getOrDefault(partition, 0);
        sequences.put(partition, RecordBatch.incrementSequence(sequence, count));
        return sequence;
    }

    // Calls

    private void call(Consumer<End> then, Runnable action) {
        whenEnded = then;
        request = action;
        if (client.isConnected()) {
            action.run();
        }
    }

    private void ended(End end) {
        Consumer<End> then = whenEnded;
        request = null;
        whenEnded = null;
        if (then != null) {
            then.accept(end);
        }
    }

    private void again() {
        Runnable action = request;
        client.later(client.random.nextLong(5_000, 80_000), () -> {
            if (action != null && action == request) {
                action.run();
            }
        });
    }

    /** A new link is there; false if there is nothing to go on with. */
    boolean onConnected() {
        Runnable action = request;
        if (action != null) {
            action.run();
        }
        return action != null;
    }

    /** The link broke. */
    void onDisconnected() {
        if (isOld && request != null && producerId >= 0) {
            lastError = ErrorCode.NETWORK_EXCEPTION;
            ended(End.FENCED);
        }
    }

    /** Forgets its identity and what is under way. */
    void forget() {
        request = null;
        whenEnded = null;
        producerId = -1;
        epoch = -1;
        doubtfulCommits = 0;
        sequences.clear();
        added.clear();
        offsetsAdded = false;
    }

    /** Sees to the end of a call that was answered with an error. */
    private void refused(ErrorCode error) {
        client.world.count("transactions told " + error);
        switch (error) {
            case CONCURRENT_TRANSACTIONS,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR,
                    NOT_ENOUGH_REPLICAS,
                    KAFKA_STORAGE_ERROR,
                    REQUEST_TIMED_OUT,
                    UNKNOWN_TOPIC_OR_PARTITION -> again();
            case PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING -> {
                lastError = error;
                ended(End.FENCED);
            }
            default -> {
                lastError = error;
                ended(End.REFUSED);
            }
        }
    }

    // Identity

    /** Gets an identity, which fences all others of this transactional id and aborts their transaction. */
    void init(Consumer<End> then) {
        forget();
        call(then, this::findCoordinator);
    }

    private void findCoordinator() {
        FindCoordinatorRequest find = new FindCoordinatorRequest().setKeyType(KEY_TYPE_TRANSACTION);
        find.coordinatorKeys().add(transactionalId);
        client.call(ApiKey.FIND_COORDINATOR, find, FindCoordinatorResponse.class, response -> {
            if (response.coordinators().get(0).errorCode() == ErrorCode.NONE.code()) {
                askForIdentity();
            } else {
                again();
            }
        });
    }

    private void askForIdentity() {
        InitProducerIdRequest init =
                new InitProducerIdRequest().setTransactionalId(transactionalId).setTransactionTimeoutMs(timeoutMs);
        client.call(ApiKey.INIT_PRODUCER_ID, init, InitProducerIdResponse.class, response -> {
            ErrorCode error = client.error(response.errorCode());
            if (error == ErrorCode.NONE) {
                producerId = response.producerId();
                epoch = response.producerEpoch();
                ended(End.DONE);
            } else {
                client.world.count("identities refused " + error);
                again();
            }
        });
    }

    // Records

    /** Makes partitions part of the transaction, and appends batches to them, in their order. */
    void send(List<TransactionalBatch> batches, Consumer<End> then) {
        TransactionalSend send = new TransactionalSend(client, this, batches);
        Runnable produce = () -> send.start(this::again, this::refused, () -> ended(End.DONE));
        call(then, () -> {
            Set<Partition> missing = new LinkedHashSet<>();
            batches.forEach(batch -> missing.add(batch.partition()));
            missing.removeAll(added);
            if (isOld && !missing.isEmpty()) {
                addPartitions(missing, produce);
            } else {
                produce.run();
            }
        });
    }

    private void addPartitions(Set<Partition> missing, Runnable then) {
        AddPartitionsToTxnRequest add = new AddPartitionsToTxnRequest()
                .setV3AndBelowTransactionalId(transactionalId)
                .setV3AndBelowProducerId(producerId)
                .setV3AndBelowProducerEpoch(epoch);
        Map<String, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> topics = new LinkedHashMap<>();
        for (Partition partition : missing) {
            topics.computeIfAbsent(partition.topic(), name -> new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic()
                            .setName(name))
                    .partitions()
                    .add(partition.index());
        }
        add.setV3AndBelowTopics(List.copyOf(topics.values()));
        client.call(
                ApiKey.ADD_PARTITIONS_TO_TXN,
                ADD_PARTITIONS_VERSION_MAX,
                add,
                AddPartitionsToTxnResponse.class,
                response -> {
                    ErrorCode error = ErrorCode.NONE;
                    for (var topic : response.resultsByTopicV3AndBelow()) {
                        for (var partition : topic.resultsByPartition()) {
                            error = worse(error, partition.partitionErrorCode());
                        }
                    }
                    if (error == ErrorCode.NONE) {
                        added.addAll(missing);
                        then.run();
                    } else {
                        refused(error);
                    }
                });
    }

    private ErrorCode worse(ErrorCode error, short code) {
        return code == ErrorCode.NONE.code() ? error : client.error(code);
    }

    // Offsets

    /** Makes offsets of a group part of the transaction. */
    void commitOffsets(
            String group, String memberId, int generation, Map<Partition, Long> offsets, Consumer<End> then) {
        TxnOffsetCommitRequest commit = new TxnOffsetCommitRequest()
                .setTransactionalId(transactionalId)
                .setGroupId(group)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setMemberId(memberId)
                .setGenerationId(generation);
        offsets.forEach((partition, offset) -> {
            TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic =
                    new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic().setName(partition.topic());
            topic.partitions()
                    .add(new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition()
                            .setPartitionIndex(partition.index())
                            .setCommittedOffset(offset));
            commit.topics().add(topic);
        });
        call(then, () -> {
            if (isOld && !offsetsAdded) {
                addOffsets(group, () -> commitOffsets(commit));
            } else {
                commitOffsets(commit);
            }
        });
    }

    private void addOffsets(String group, Runnable then) {
        AddOffsetsToTxnRequest add = new AddOffsetsToTxnRequest()
                .setTransactionalId(transactionalId)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setGroupId(group);
        client.call(
                ApiKey.ADD_OFFSETS_TO_TXN, ADD_OFFSETS_VERSION_MAX, add, AddOffsetsToTxnResponse.class, response -> {
                    ErrorCode error = client.error(response.errorCode());
                    if (error == ErrorCode.NONE) {
                        offsetsAdded = true;
                        then.run();
                    } else {
                        refused(error);
                    }
                });
    }

    private void commitOffsets(TxnOffsetCommitRequest commit) {
        short version = isOld ? OLD_OFFSET_COMMIT_VERSION_MAX : ApiKey.TXN_OFFSET_COMMIT.highestVersion();
        client.call(ApiKey.TXN_OFFSET_COMMIT, version, commit, TxnOffsetCommitResponse.class, response -> {
            ErrorCode error = ErrorCode.NONE;
            for (var topic : response.topics()) {
                for (var partition : topic.partitions()) {
                    error = worse(error, partition.errorCode());
                }
            }
            if (error == ErrorCode.NONE) {
                ended(End.DONE);
            } else {
                refused(error);
            }
        });
    }

    // The end

    /** Ends the transaction; in version 2 the session has another epoch afterwards. */
    void end(boolean commit, Consumer<End> then) {
        commits = commit;
        call(then, this::askForEnd);
    }

    private void askForEnd() {
        EndTxnRequest end = new EndTxnRequest()
                .setTransactionalId(transactionalId)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setCommitted(commits);
        doubtfulCommits += commits ? 1 : 0;
        short version = isOld ? OLD_END_VERSION_MAX : ApiKey.END_TXN.highestVersion();
        client.call(ApiKey.END_TXN, version, end, EndTxnResponse.class, response -> {
            ErrorCode error = client.error(response.errorCode());
            if (error == ErrorCode.NONE) {
                doubtfulCommits = 0;
                goOnWith(response.producerId(), response.producerEpoch());
                ended(End.DONE);
            } else {
                doubtfulCommits -= commits && hasDoneNothing(error) ? 1 : 0;
                refused(error);
            }
        });
    }

    private void goOnWith(long nextProducerId, short nextEpoch) {
        added.clear();
        offsetsAdded = false;
        if (!isOld) {
            producerId = nextProducerId;
            epoch = nextEpoch;
            sequences.clear();
        }
    }

    private static boolean hasDoneNothing(ErrorCode error) {
        return switch (error) {
            case CONCURRENT_TRANSACTIONS,
                    PRODUCER_FENCED,
                    INVALID_PRODUCER_EPOCH,
                    INVALID_PRODUCER_ID_MAPPING,
                    INVALID_TXN_STATE,
                    COORDINATOR_LOAD_IN_PROGRESS -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return transactionalId + " as " + producerId + "/" + epoch + (request == null ? " idle" : " calling");
    }
}
