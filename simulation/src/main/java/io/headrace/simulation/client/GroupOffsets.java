package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchRequest;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Stores and asks for the offsets of a group on behalf of one client, and records that. */
final class GroupOffsets {
    /** Gets the stored offsets; partitions without one are absent. */
    interface Receiver {
        void onOffsets(ErrorCode error, @Nullable Map<Partition, Long> stored);
    }

    private final SimulatedClient client;
    private final String group;
    private @Nullable List<Step> underWay;
    private long underWaySinceMs;

    GroupOffsets(SimulatedClient client, String group) {
        this.client = client;
        this.group = group;
    }

    /** The name of a partition's offset in histories. */
    String key(Partition partition) {
        return group + "/" + partition.key();
    }

    /** Asks until the answer is an offset; a failure of the request as a whole is told as an error. */
    void fetch(int process, List<Partition> partitions, Receiver receiver) {
        abandon(process);
        OffsetFetchRequest.OffsetFetchRequestGroup wanted = new OffsetFetchRequest.OffsetFetchRequestGroup()
                .setGroupId(group)
                .setMemberId(null)
                .setMemberEpoch(-1);
        List<OffsetFetchRequest.OffsetFetchRequestTopics> topics = new ArrayList<>();
        for (Partition partition : partitions) {
            OffsetFetchRequest.OffsetFetchRequestTopics topic =
                    new OffsetFetchRequest.OffsetFetchRequestTopics().setTopicId(partition.topicId());
            topic.partitionIndexes().add(partition.index());
            topics.add(topic);
        }
        wanted.setTopics(topics);
        OffsetFetchRequest request = new OffsetFetchRequest().setRequireStable(true);
        request.groups().add(wanted);
        long startMs = client.world.schedule.nowMs();
        client.call(ApiKey.OFFSET_FETCH, request, OffsetFetchResponse.class, response -> {
            OffsetFetchResponse.OffsetFetchResponseGroup answer =
                    response.groups().get(0);
            ErrorCode error = client.error(answer.errorCode());
            Map<Partition, Long> stored = new LinkedHashMap<>();
            List<Step> steps = new ArrayList<>();
            for (OffsetFetchResponse.OffsetFetchResponseTopics topic : answer.topics()) {
                for (OffsetFetchResponse.OffsetFetchResponsePartitions result : topic.partitions()) {
                    Partition partition = client.world.topics.find(topic.topicId(), result.partitionIndex());
                    if (result.errorCode() != ErrorCode.NONE.code() || partition == null) {
                        error = client.error(result.errorCode());
                        continue;
                    }
                    steps.add(new Step(Action.COMMITTED, key(partition), 0, result.committedOffset()));
                    if (result.committedOffset() >= 0) {
                        stored.put(partition, result.committedOffset());
                    }
                }
            }
            if (error == ErrorCode.NONE) {
                client.world.record(process, Kind.COMMITTED, Outcome.OK, startMs, steps);
            }
            receiver.onOffsets(error, error == ErrorCode.NONE ? stored : null);
        });
    }

    /** Stores positions; each commit ends as known, as refused, or, with the link, as unknown. */
    void commit(
            int process,
            String memberId,
            int generation,
            Map<Partition, Long> positions,
            Consumer<ErrorCode> whenAnswered) {
        abandon(process);
        OffsetCommitRequest request = new OffsetCommitRequest()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation);
        List<Step> steps = new ArrayList<>();
        positions.forEach((partition, offset) -> {
            OffsetCommitRequest.OffsetCommitRequestTopic topic =
                    new OffsetCommitRequest.OffsetCommitRequestTopic().setTopicId(partition.topicId());
            topic.partitions()
                    .add(new OffsetCommitRequest.OffsetCommitRequestPartition()
                            .setPartitionIndex(partition.index())
                            .setCommittedOffset(offset));
            request.topics().add(topic);
            steps.add(new Step(Action.COMMIT, key(partition), 0, offset));
        });
        underWay = steps;
        underWaySinceMs = client.world.schedule.nowMs();
        client.call(ApiKey.OFFSET_COMMIT, request, OffsetCommitResponse.class, response -> {
            ErrorCode error = ErrorCode.NONE;
            for (OffsetCommitResponse.OffsetCommitResponseTopic topic : response.topics()) {
                for (OffsetCommitResponse.OffsetCommitResponsePartition partition : topic.partitions()) {
                    if (partition.errorCode() != ErrorCode.NONE.code()) {
                        error = client.error(partition.errorCode());
                    }
                }
            }
            underWay = null;
            Outcome outcome = outcome(error);
            if (outcome == Outcome.OK) {
                client.world.count("commits");
            }
            client.world.record(process, Kind.COMMIT, outcome, underWaySinceMs, steps);
            whenAnswered.accept(error);
        });
    }

    private static Outcome outcome(ErrorCode error) {
        return switch (error) {
            case NONE -> Outcome.OK;
            case ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS ->
                Outcome.FAIL;
            default -> Outcome.INFO;
        };
    }

    /** A commit that was under way has an unknown end. */
    void abandon(int process) {
        List<Step> lost = underWay;
        if (lost != null) {
            underWay = null;
            client.world.record(
                    Operation.of(process, Kind.COMMIT, Outcome.INFO, underWaySinceMs, Long.MAX_VALUE / 2, lost));
        }
    }
}
