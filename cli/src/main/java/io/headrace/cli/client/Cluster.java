package io.headrace.cli.client;

import io.headrace.network.client.ClientException;
import io.headrace.network.client.ClientOptions;
import io.headrace.network.client.ClusterClient;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.network.client.HostPort;
import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A command's connection to the cluster, with calls that wait. */
public final class Cluster implements AutoCloseable {
    /** ListOffsets: the first offset there is. */
    public static final long EARLIEST = -2;
    /** ListOffsets: the offset the next record will get. */
    public static final long LATEST = -1;

    private static final short LIST_OFFSETS_VERSION = 7;

    private final NetworkLoops loops;
    private final ClusterClient client;

    /** Connects when something is asked. */
    public Cluster(List<HostPort> brokers, ClientOptions options) {
        // Loading the native transport takes longer than most commands run.
        loops = NetworkLoops.startNio(1, "client");
        client = new ClusterClient(loops, brokers, options);
    }

    /** The client of this cluster. */
    public ClusterClient client() {
        return client;
    }

    /** Waits for an answer; a failure becomes the command's. */
    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        try {
            return ClusterClient.await(future);
        } catch (ClientException e) {
            throw CommandFailure.of(e);
        }
    }

    /** Asks any broker. */
    public <R extends ApiMessage> R ask(ApiMessage request, Class<R> answerType) {
        return await(client.sendToAny(request, answerType));
    }

    /** Asks one broker. */
    public <R extends ApiMessage> R askBroker(int brokerId, ApiMessage request, Class<R> answerType) {
        return await(client.sendToNode(brokerId, request, answerType, Short.MAX_VALUE));
    }

    /**
     * Asks the coordinator of a group.
     *
     * @param errorOf finds the error in the answer, by which it is asked again where the coordinator moved
     */
    public <R extends ApiMessage> R askGroupCoordinator(
            String group, ApiMessage request, Class<R> answerType, short versionMax, Function<R, ErrorCode> errorOf) {
        return await(client.sendToCoordinator(
                ClusterClient.COORDINATOR_OF_GROUP, group, request, answerType, versionMax, errorOf));
    }

    /** As {@link #askGroupCoordinator}, the coordinator of a transactional id. */
    public <R extends ApiMessage> R askTransactionCoordinator(
            String id, ApiMessage request, Class<R> answerType, short versionMax, Function<R, ErrorCode> errorOf) {
        return await(client.sendToCoordinator(
                ClusterClient.COORDINATOR_OF_TRANSACTION, id, request, answerType, versionMax, errorOf));
    }

    /** The brokers there are, by id. */
    public Set<Integer> brokerIds() {
        return topics(List.of()).nodes().keySet();
    }

    /** Brokers and all topics. */
    public ClusterMetadata allTopics() {
        return await(client.metadata(null, false));
    }

    /** Brokers and these topics; one that does not exist carries an error. */
    public ClusterMetadata topics(Collection<String> names) {
        return await(client.metadata(names, false));
    }

    /**
     * One topic with at least one partition.
     *
     * @param create lets the broker create it, if it is set up to
     */
    public ClusterMetadata.Topic topic(String name, boolean create) {
        ClusterMetadata.Topic topic =
                await(client.metadata(List.of(name), create)).topics().get(name);
        if (create && (topic == null || topic.error().retriable())) {
            await(client.leaderOf(name, 0)); // it is being created
            topic = topics(List.of(name)).topics().get(name);
        }
        if (topic == null || topic.error() != ErrorCode.NONE) {
            ErrorCode error = topic == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : topic.error();
            throw CommandFailure.of(error, topicProblem(name, error));
        }
        return topic;
    }

    private static String topicProblem(String name, ErrorCode error) {
        return error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                ? "There is no topic " + name
                : "Topic " + name + ": " + error.message();
    }

    /** Offsets by time for some partitions; {@link #EARLIEST} and {@link #LATEST} are times too. -1 where there is none. */
    public Map<TopicPartition, Long> offsets(Map<TopicPartition, Long> times) {
        Map<TopicPartition, CompletableFuture<Long>> asked = new TreeMap<>();
        times.forEach((partition, time) -> asked.put(partition, offset(partition, time)));
        Map<TopicPartition, Long> result = new TreeMap<>();
        asked.forEach((partition, offset) -> result.put(partition, await(offset)));
        return result;
    }

    /** The same time for all partitions. */
    public Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, long time) {
        Map<TopicPartition, Long> times = new TreeMap<>();
        partitions.forEach(partition -> times.put(partition, time));
        return offsets(times);
    }

    private CompletableFuture<Long> offset(TopicPartition partition, long time) {
        ListOffsetsRequest request = new ListOffsetsRequest()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsRequest.ListOffsetsTopic()
                        .setName(partition.topic())
                        .setPartitions(List.of(new ListOffsetsRequest.ListOffsetsPartition()
                                .setPartitionIndex(partition.partition())
                                .setCurrentLeaderEpoch(-1)
                                .setTimestamp(time)))));
        return client.sendToLeader(
                        partition.topic(),
                        partition.partition(),
                        request,
                        ListOffsetsResponse.class,
                        LIST_OFFSETS_VERSION,
                        answer -> ErrorCode.forCode(answerOf(answer).errorCode()))
                .thenApply(answer -> {
                    ErrorCode error = ErrorCode.forCode(answerOf(answer).errorCode());
                    if (error != ErrorCode.NONE) {
                        throw ClientException.refused(error, partition + ": " + error.message());
                    }
                    return answerOf(answer).offset();
                });
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse answerOf(ListOffsetsResponse answer) {
        return answer.topics().get(0).partitions().get(0);
    }

    /** All partitions of a topic. */
    public static List<TopicPartition> partitionsOf(ClusterMetadata.Topic topic) {
        List<TopicPartition> result = new ArrayList<>();
        for (ClusterMetadata.Partition partition : topic.partitions()) {
            result.add(new TopicPartition(topic.name(), partition.index()));
        }
        return result;
    }

    @Override
    public void close() {
        client.close();
        loops.closeNow();
    }
}
