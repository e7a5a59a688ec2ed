package io.headrace.server.api;

import io.headrace.core.metadata.TopicImage;
import io.headrace.core.metadata.TopicNames;
import io.headrace.core.partition.ActiveProducer;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeProducersRequest;
import io.headrace.protocol.message.DescribeProducersRequest.TopicRequest;
import io.headrace.protocol.message.DescribeProducersResponse;
import io.headrace.protocol.message.DescribeProducersResponse.PartitionResponse;
import io.headrace.protocol.message.DescribeProducersResponse.ProducerState;
import io.headrace.protocol.message.DescribeProducersResponse.TopicResponse;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.storage.PartitionReplica;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** DescribeProducers: what partitions remember of their producers, to find transactions that nobody ends (KIP-664). */
public final class DescribeProducersHandler implements RequestHandler<DescribeProducersRequest> {
    private final Partitions partitions;
    private final Authorizer authorizer;

    public DescribeProducersHandler(Partitions partitions, Authorizer authorizer) {
        this.partitions = partitions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DescribeProducersRequest request) {
        List<TopicResponse> topics = new ArrayList<>(request.topics().size());
        Countdown answered = Countdown.ofParts(
                request.topics(),
                topic -> topic.partitionIndexes().size(),
                () -> context.respond(new DescribeProducersResponse().setTopics(topics)));
        for (TopicRequest wanted : request.topics()) {
            List<PartitionResponse> results =
                    new ArrayList<>(wanted.partitionIndexes().size());
            topics.add(new TopicResponse().setName(wanted.name()).setPartitions(results));
            TopicImage topic = partitions.image().topic(wanted.name());
            ErrorCode refused = check(context, wanted.name(), topic);
            for (int index : wanted.partitionIndexes()) {
                PartitionResponse result = new PartitionResponse().setPartitionIndex(index);
                results.add(result);
                if (topic == null || refused != ErrorCode.NONE) {
                    result.setErrorCode(refused.code()).setErrorMessage(refused.message());
                    answered.arrived();
                } else {
                    describe(topic, result, answered);
                }
            }
        }
        answered.arrived();
    }

    private ErrorCode check(RequestContext context, String name, @Nullable TopicImage topic) {
        if (!Access.of(context, authorizer).allows(Operation.READ, ResourceType.TOPIC, name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (!TopicNames.isValid(name)) {
            return ErrorCode.INVALID_TOPIC_EXCEPTION;
        }
        return topic == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE;
    }

    private void describe(TopicImage topic, PartitionResponse result, Countdown answered) {
        Partitions.Found found = partitions.leader(topic, result.partitionIndex());
        if (found.error() != ErrorCode.NONE) {
            result.setErrorCode(found.error().code());
            answered.arrived();
            return;
        }
        PartitionReplica replica = found.replicaOrThrow();
        if (replica.status() == PartitionReplica.Status.UNOPENED
                && !partitions.store().hasFiles(replica.id())) {
            answered.arrived(); // nothing was ever written to it
            return;
        }
        partitions.store().listProducers(replica, producers -> {
            if (producers == null) {
                result.setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
            } else {
                producers.forEach(producer -> result.activeProducers().add(asState(producer)));
            }
            answered.arrived();
        });
    }

    private static ProducerState asState(ActiveProducer producer) {
        return new ProducerState()
                .setProducerId(producer.producerId())
                .setProducerEpoch(producer.epoch())
                .setLastSequence(producer.lastSequence())
                .setLastTimestamp(producer.lastTimestampMs())
                .setCoordinatorEpoch(producer.coordinatorEpoch())
                .setCurrentTxnStartOffset(producer.transactionFirstOffset());
    }
}
