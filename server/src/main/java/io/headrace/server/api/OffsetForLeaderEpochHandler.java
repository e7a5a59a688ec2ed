package io.headrace.server.api;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse.EpochEndOffset;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import io.headrace.storage.log.LogView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OffsetForLeaderEpoch: where a leader epoch ended, so that a client notices a log that was cut under it (KIP-320). */
public final class OffsetForLeaderEpochHandler implements RequestHandler<OffsetForLeaderEpochRequest> {
    private final Partitions partitions;
    private final Authorizer authorizer;

    public OffsetForLeaderEpochHandler(Partitions partitions, Authorizer authorizer) {
        this.partitions = partitions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, OffsetForLeaderEpochRequest request) {
        List<OffsetForLeaderTopicResult> topics = new ArrayList<>();
        Countdown answered = Countdown.ofParts(
                request.topics(),
                topic -> topic.partitions().size(),
                () -> context.respond(new OffsetForLeaderEpochResponse().setTopics(topics)));
        for (OffsetForLeaderTopic wantedTopic : request.topics()) {
            List<EpochEndOffset> results = new ArrayList<>();
            topics.add(new OffsetForLeaderTopicResult()
                    .setTopic(wantedTopic.topic())
                    .setPartitions(results));
            boolean allowed =
                    Access.of(context, authorizer).allows(Operation.DESCRIBE, ResourceType.TOPIC, wantedTopic.topic());
            TopicImage topic = partitions.image().topic(wantedTopic.topic());
            for (OffsetForLeaderPartition wanted : wantedTopic.partitions()) {
                EpochEndOffset result = new EpochEndOffset().setPartition(wanted.partition());
                results.add(result);
                if (allowed) {
                    find(topic, wanted, result, answered);
                } else {
                    result.setErrorCode(ErrorCode.TOPIC_AUTHORIZATION_FAILED.code());
                    answered.arrived();
                }
            }
        }
        answered.arrived();
    }

    private void find(
            @Nullable TopicImage topic, OffsetForLeaderPartition wanted, EpochEndOffset result, Countdown answered) {
        Partitions.Found found =
                topic == null ? null : partitions.leader(topic, wanted.partition(), wanted.currentLeaderEpoch());
        if (found == null || found.error() != ErrorCode.NONE) {
            ErrorCode error = found == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : found.error();
            result.setErrorCode(error.code());
            answered.arrived();
            return;
        }
        PartitionReplica replica = found.replicaOrThrow();
        partitions.whenOpened(replica, () -> {
            LogView view = replica.view();
            if (view == null) {
                result.setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
            } else {
                EpochEnd end = view.endOffsetFor(wanted.leaderEpoch(), found.leaderEpoch());
                result.setLeaderEpoch(end.epoch()).setEndOffset(end.endOffset());
            }
            answered.arrived();
        });
    }
}
