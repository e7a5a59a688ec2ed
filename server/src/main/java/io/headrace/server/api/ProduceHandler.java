package io.headrace.server.api;

import io.headrace.core.config.CompressionType;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.BatchIndexAndErrorMessage;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.message.ProduceResponse.TopicProduceResponse;
import io.headrace.protocol.records.BatchVerdict;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.Recompression;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchValidator;
import io.headrace.protocol.records.TimestampType;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.VerificationErrors;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.LogView;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Produce: checks each partition's batch on the network loop and hands what is sound to the log writer.
 *
 * <p>Kafka's error codes and their order: authorization, then existence, then the batch's format, then what forbids any append
 * to the partition, then the batch.
 */
public final class ProduceHandler implements RequestHandler<ProduceRequest> {
    private static final short ACKS_ALL = -1;
    /** The first version that names topics by id (KIP-516). */
    private static final short TOPIC_ID_VERSION = 13;

    private final Partitions partitions;
    private final Authorizer authorizer;
    private final Clock clock;
    private final ProduceVerification.Verifying verifying;
    /** One for each network loop's thread. */
    private final ThreadLocal<RecordBatchValidator> validators = ThreadLocal.withInitial(RecordBatchValidator::new);
    /** Likewise. */
    private final ThreadLocal<ProduceTimeouts> timeouts;

    /** @param verifying how the coordinators of transactions are asked */
    public ProduceHandler(
            Partitions partitions, Authorizer authorizer, Clock clock, ProduceVerification.Verifying verifying) {
        this.partitions = partitions;
        this.authorizer = authorizer;
        this.clock = clock;
        this.verifying = verifying;
        this.timeouts = ThreadLocal.withInitial(() -> new ProduceTimeouts(verifying.monotonicMs()));
    }

    @Override
    public void handle(RequestContext context, ProduceRequest request) {
        PendingProduce pending = new PendingProduce(context, request.acks());
        List<TopicProduceData> data = RepeatedPartitions.dropped(request.topicData());
        TransactionalBatches mentioned = TransactionalBatches.in(request.topicData());
        TransactionalBatches transaction = mentioned == null ? null : TransactionalBatches.in(data);
        ErrorCode transactionError = mentioned == null ? ErrorCode.NONE : check(context, request, transaction);
        if (transactionError != ErrorCode.NONE) {
            refuseAll(pending, data, transactionError);
            return;
        }
        ProduceVerification verification = transaction == null ? null : verification(context, request, transaction);
        List<ProduceAppend> appends = new ArrayList<>(4);
        List<TopicProduceResponse> answers = new ArrayList<>(data.size());
        for (TopicProduceData topicData : data) {
            TopicImage topic = partitions.topic(topicData.topicId(), topicData.name());
            ErrorCode topicError = checkTopic(context, topicData, topic);
            List<PartitionProduceResponse> results =
                    new ArrayList<>(topicData.partitionData().size());
            for (PartitionProduceData partition : topicData.partitionData()) {
                PartitionProduceResponse result = failed(partition.index(), topicError);
                results.add(result);
                if (topic != null && topicError == ErrorCode.NONE) {
                    ProduceAppend append =
                            check(context, pending, topic, partition, result, verification, request.acks());
                    if (append != null) {
                        appends.add(append);
                    }
                }
                pending.anyError |= result.errorCode() != ErrorCode.NONE.code();
            }
            answers.add(new TopicProduceResponse()
                    .setName(topic == null ? topicData.name() : topic.name())
                    .setTopicId(topicData.topicId())
                    .setPartitionResponses(results));
        }
        pending.start(new ProduceResponse().setResponses(answers), appends);
        for (int i = 0; i < appends.size(); i++) {
            ProduceAppend append = appends.get(i);
            if (!partitions.store().writer().enqueue(append)) {
                append.refusedByQueue();
            }
        }
        if (verification != null) {
            verification.allSent();
        }
        if (request.acks() == ACKS_ALL && !appends.isEmpty()) {
            timeouts.get().watch(pending, request.timeoutMs());
        }
    }

    /** @param transaction what the last mentions of the partitions are part of; null if it was only earlier ones that are */
    private ErrorCode check(
            RequestContext context, ProduceRequest request, @Nullable TransactionalBatches transaction) {
        String id = request.transactionalId();
        if (id == null || !Access.of(context, authorizer).allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, id)) {
            return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        return transaction != null && transaction.severalProducers()
                ? ErrorCode.INVALID_PRODUCER_ID_MAPPING
                : ErrorCode.NONE;
    }

    private static void refuseAll(PendingProduce pending, List<TopicProduceData> data, ErrorCode error) {
        List<TopicProduceResponse> answers = new ArrayList<>(data.size());
        for (TopicProduceData topic : data) {
            List<PartitionProduceResponse> results =
                    new ArrayList<>(topic.partitionData().size());
            for (PartitionProduceData partition : topic.partitionData()) {
                results.add(failed(partition.index(), error));
            }
            answers.add(new TopicProduceResponse()
                    .setName(topic.name())
                    .setTopicId(topic.topicId())
                    .setPartitionResponses(results));
        }
        pending.anyError = true;
        pending.start(new ProduceResponse().setResponses(answers), List.of());
    }

    /** Who asks the transaction's coordinator; null if nobody has to. */
    private @Nullable ProduceVerification verification(
            RequestContext context, ProduceRequest request, TransactionalBatches transaction) {
        String id = request.transactionalId();
        boolean adds = context.apiVersion() >= VerificationErrors.FIRST_PRODUCE_VERSION_THAT_ADDS;
        return id == null || !(adds || verifying.config().get().verifyPartitions())
                ? null
                : new ProduceVerification(verifying, context, id, transaction);
    }

    private ErrorCode checkTopic(RequestContext context, TopicProduceData data, @Nullable TopicImage topic) {
        if (topic == null && context.apiVersion() >= TOPIC_ID_VERSION) {
            // It has no name that access could be granted to.
            return ErrorCode.UNKNOWN_TOPIC_ID;
        }
        String name = topic == null ? data.name() : topic.name();
        if (!Access.of(context, authorizer).allows(Operation.WRITE, ResourceType.TOPIC, name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        return topic == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE;
    }

    /** Checks one partition's batch; null, with the error in {@code result}, if it is refused. */
    private @Nullable ProduceAppend check(
            RequestContext context,
            PendingProduce pending,
            TopicImage topic,
            PartitionProduceData data,
            PartitionProduceResponse result,
            @Nullable ProduceVerification verification,
            short acks) {
        if (!topic.hasPartition(data.index())) {
            result.setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
            return null;
        }
        ByteBuffer produced = data.records() instanceof BufferPayload bytes ? bytes.buffer() : ByteBuffer.allocate(0);
        Partitions.Found found = partitions.leader(topic, data.index());
        ErrorCode forbidden = forbidden(topic, topic.partitions().get(data.index()), found, acks);
        if (forbidden != ErrorCode.NONE) {
            BatchVerdict refusal = validators.get().refusedFormat(produced, context.apiVersion());
            if (refusal != null) {
                refuse(result, refusal);
            } else {
                result.setErrorCode(forbidden.code());
            }
            if (result.errorCode() == ErrorCode.NOT_ENOUGH_REPLICAS.code()) {
                tellLogStart(found.replicaOrThrow(), result);
            }
            if (result.errorCode() == ErrorCode.NOT_LEADER_OR_FOLLOWER.code()) {
                result.currentLeader().setLeaderId(found.leaderId()).setLeaderEpoch(found.leaderEpoch());
            }
            return null;
        }
        PartitionReplica replica = found.replicaOrThrow();
        TopicConfig config = replica.config();
        BatchVerdict verdict =
                validators.get().validate(produced, context.apiVersion(), config.batchRules(), clock.millis());
        if (!verdict.isAccepted()) {
            refuse(result, verdict);
            boolean tellsLogStart = !verdict.formatRefused()
                    && verdict.error() != ErrorCode.CORRUPT_MESSAGE
                    && verdict.error() != ErrorCode.MESSAGE_TOO_LARGE;
            if (tellsLogStart) {
                tellLogStart(replica, result);
            }
            return null;
        }
        RecordBatch batch = RecordBatch.at(produced, produced.position());
        ProduceVerification ofBatch = batch.isTransactional() ? verification : null;
        ByteBuffer stored = asStored(batch, config, verdict, result);
        if (stored == null) {
            return null;
        }
        if (ofBatch != null) {
            ofBatch.expectOne();
        }
        return new ProduceAppend(replica, stored, found.leaderEpoch(), acks == ACKS_ALL, ofBatch, pending, result);
    }

    /** Why nothing at all may be appended to a partition now; NONE if something may. */
    private static ErrorCode forbidden(TopicImage topic, PartitionImage partition, Partitions.Found found, short acks) {
        if (acks < ACKS_ALL || acks > 1) {
            return ErrorCode.INVALID_REQUIRED_ACKS;
        }
        if (topic.internal()) {
            return ErrorCode.INVALID_TOPIC_EXCEPTION;
        }
        if (found.error() != ErrorCode.NONE) {
            return found.error();
        }
        // More than there are cannot be asked for: such a topic could never be written to (KIP-966).
        int isrMin = Math.min(
                found.replicaOrThrow().config().minInsyncReplicas(),
                partition.replicas().size());
        return acks == ACKS_ALL && partition.isr().size() < isrMin ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE;
    }

    /** As Kafka does on success, and where the state of the log speaks against the batch; not if nobody has opened the log. */
    static void tellLogStart(PartitionReplica replica, PartitionProduceResponse result) {
        LogView view = replica.view();
        if (view != null) {
            result.setLogStartOffset(view.logStartOffset());
        }
    }

    private static void refuse(PartitionProduceResponse result, BatchVerdict verdict) {
        result.setErrorCode(verdict.error().code());
        // As in Kafka a batch that is refused as a whole gets no words, and clients say what the error means.
        if (!verdict.recordErrors().isEmpty()) {
            result.setErrorMessage(verdict.message());
        }
        for (BatchVerdict.RecordError error : verdict.recordErrors()) {
            result.recordErrors()
                    .add(new BatchIndexAndErrorMessage()
                            .setBatchIndex(error.index())
                            .setBatchIndexErrorMessage(error.message()));
        }
    }

    /** The batch in the form that the topic wants; null, with the error in {@code result}, if it cannot be had. */
    private static @Nullable ByteBuffer asStored(
            RecordBatch batch, TopicConfig config, BatchVerdict verdict, PartitionProduceResponse result) {
        ByteBuffer stored = batch.bytes();
        RecordBatch target = batch;
        if (config.compressionType() != CompressionType.PRODUCER) {
            Compression wanted = config.compressionType() == CompressionType.UNCOMPRESSED
                    ? Compression.NONE
                    : Compression.valueOf(config.compressionType().name());
            if (wanted != batch.compression()) {
                try {
                    stored = Recompression.recompress(
                            batch,
                            wanted,
                            config.compressionLevel(),
                            config.batchRules().decompressionLimit());
                } catch (InvalidBatchException e) {
                    result.setErrorCode(ErrorCode.CORRUPT_MESSAGE.code());
                    return null;
                }
                target = RecordBatch.of(stored);
                if (target.sizeBytes() > config.batchRules().batchBytesMax()) {
                    result.setErrorCode(ErrorCode.MESSAGE_TOO_LARGE.code());
                    return null;
                }
            }
        }
        if (target.sizeBytes() > config.segmentBytes()) {
            result.setErrorCode(ErrorCode.RECORD_LIST_TOO_LARGE.code());
            return null;
        }
        if (!config.logAppendTime() && target.maxTimestamp() != verdict.maxTimestamp()) {
            target.setMaxTimestamp(TimestampType.CREATE_TIME, verdict.maxTimestamp());
        }
        return stored;
    }

    static PartitionProduceResponse failed(int index, ErrorCode error) {
        return new PartitionProduceResponse()
                .setIndex(index)
                .setErrorCode(error.code())
                .setBaseOffset(-1)
                .setLogAppendTimeMs(-1)
                .setLogStartOffset(-1);
    }
}
