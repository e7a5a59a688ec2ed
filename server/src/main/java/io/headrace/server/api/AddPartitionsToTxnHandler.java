package io.headrace.server.api;

import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.transaction.AddPartitions;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AddPartitionsToTxnRequest;
import io.headrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.headrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.headrace.protocol.message.AddPartitionsToTxnResponse;
import io.headrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
import io.headrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnResult;
import io.headrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import io.headrace.server.coordinator.Gather;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * AddPartitionsToTxn: partitions are to be in a producer's transaction. Up to version 3 a client asks for one transaction;
 * from version 4 on another broker asks for many, or only whether the partitions are in them (KIP-890).
 */
public final class AddPartitionsToTxnHandler implements RequestHandler<AddPartitionsToTxnRequest> {
    /** From here on clients know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_VERSION_WITH_FENCED = 2;

    private static final short FIRST_VERSION_OF_BROKERS = 4;

    private final TransactionCoordinators transactions;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public AddPartitionsToTxnHandler(TransactionCoordinators transactions, Proposals metadata, Authorizer authorizer) {
        this.transactions = transactions;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, AddPartitionsToTxnRequest request) {
        Access access = Access.of(context, authorizer);
        if (context.apiVersion() < FIRST_VERSION_OF_BROKERS) {
            AddPartitionsToTxnTransaction only = new AddPartitionsToTxnTransaction()
                    .setTransactionalId(request.v3AndBelowTransactionalId())
                    .setProducerId(request.v3AndBelowProducerId())
                    .setProducerEpoch(request.v3AndBelowProducerEpoch())
                    .setTopics(request.v3AndBelowTopics());
            handle(
                    context,
                    access,
                    only,
                    result -> context.respond(
                            new AddPartitionsToTxnResponse().setResultsByTopicV3AndBelow(result.topicResults())));
        } else if (!access.allowsOnCluster(Operation.CLUSTER_ACTION)) {
            context.respond(
                    new AddPartitionsToTxnResponse().setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code()));
        } else {
            List<AddPartitionsToTxnTransaction> asked = request.transactions();
            Gather<AddPartitionsToTxnResult> results = Gather.of(
                    asked.size(),
                    parts -> context.respond(new AddPartitionsToTxnResponse().setResultsByTransaction(parts)));
            for (int i = 0; i < asked.size(); i++) {
                int index = i;
                handle(context, access, asked.get(i), result -> results.put(index, result));
            }
        }
    }

    private void handle(
            RequestContext context,
            Access access,
            AddPartitionsToTxnTransaction asked,
            Consumer<AddPartitionsToTxnResult> answer) {
        short version = context.apiVersion();
        Map<TopicPartition, ErrorCode> checked = check(access, version, asked);
        Consumer<Map<TopicPartition, ErrorCode>> respond =
                errors -> answer.accept(result(asked.transactionalId(), errors));
        Consumer<ErrorCode> toAll = error -> {
            ErrorCode shown = FencedError.shown(error, version >= FIRST_VERSION_WITH_FENCED);
            checked.replaceAll((partition, none) -> shown);
            respond.accept(checked);
        };
        if (checked.values().stream().anyMatch(error -> error != ErrorCode.NONE)) {
            // All or nothing.
            checked.replaceAll(
                    (partition, error) -> error == ErrorCode.NONE ? ErrorCode.OPERATION_NOT_ATTEMPTED : error);
            respond.accept(checked);
            return;
        }
        AddPartitions add = new AddPartitions(
                asked.transactionalId(),
                asked.producerId(),
                asked.producerEpoch(),
                checked.keySet(),
                (short) (version < FIRST_VERSION_OF_BROKERS ? 0 : 2),
                version >= FIRST_VERSION_OF_BROKERS);
        transactions.submit(
                asked.transactionalId(),
                (coordinator, nowMs) -> {
                    if (asked.verifyOnly()) {
                        respond.accept(coordinator.verifyPartitions(add));
                        return Step.NOTHING;
                    }
                    return coordinator.addPartitions(toAll::accept, add, nowMs);
                },
                toAll);
    }

    /** Each partition with what speaks against it. Brokers are trusted to have asked what their clients may do. */
    private Map<TopicPartition, ErrorCode> check(Access access, short version, AddPartitionsToTxnTransaction asked) {
        MetadataImage image = metadata.image();
        boolean byClient = version < FIRST_VERSION_OF_BROKERS;
        boolean allowed =
                !byClient || access.allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, asked.transactionalId());
        Map<TopicPartition, ErrorCode> checked = new LinkedHashMap<>();
        for (AddPartitionsToTxnTopic topic : asked.topics()) {
            TopicImage known = image.topic(topic.name());
            boolean writable = !byClient
                    || (!TopicImage.isInternal(topic.name())
                            && access.allows(Operation.WRITE, ResourceType.TOPIC, topic.name()));
            for (int index : topic.partitions()) {
                ErrorCode error = ErrorCode.NONE;
                if (!allowed) {
                    error = ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
                } else if (!writable) {
                    error = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
                } else if (known == null || !known.hasPartition(index)) {
                    error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                }
                checked.put(new TopicPartition(topic.name(), index), error);
            }
        }
        return checked;
    }

    private static AddPartitionsToTxnResult result(String transactionalId, Map<TopicPartition, ErrorCode> errors) {
        Map<String, AddPartitionsToTxnTopicResult> topics = new LinkedHashMap<>();
        errors.forEach((partition, error) -> topics.computeIfAbsent(
                        partition.topic(), name -> new AddPartitionsToTxnTopicResult().setName(name))
                .resultsByPartition()
                .add(new AddPartitionsToTxnPartitionResult()
                        .setPartitionIndex(partition.partition())
                        .setPartitionErrorCode(error.code())));
        return new AddPartitionsToTxnResult()
                .setTransactionalId(transactionalId)
                .setTopicResults(List.copyOf(topics.values()));
    }
}
