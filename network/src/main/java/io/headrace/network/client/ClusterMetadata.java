package io.headrace.network.client;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a broker said about the cluster: an image that does not change.
 *
 * @param topics by name, in order; those that were asked for and do not exist carry an error
 */
public record ClusterMetadata(
        @Nullable String clusterId, int controllerId, Map<Integer, Node> nodes, Map<String, Topic> topics) {
    /** A broker. */
    public record Node(int id, HostPort address, @Nullable String rack) {}

    /** A topic with its partitions in the order of their numbers. */
    public record Topic(String name, UUID id, boolean internal, ErrorCode error, List<Partition> partitions) {}

    /**
     * A partition.
     *
     * @param leaderId -1 if it has none at the moment
     */
    public record Partition(
            int index,
            int leaderId,
            int leaderEpoch,
            List<Integer> replicas,
            List<Integer> inSyncReplicas,
            ErrorCode error) {}

    static ClusterMetadata of(MetadataResponse response) {
        Map<Integer, Node> nodes = new TreeMap<>();
        for (MetadataResponse.MetadataResponseBroker broker : response.brokers()) {
            HostPort address = new HostPort(broker.host(), broker.port());
            nodes.put(broker.nodeId(), new Node(broker.nodeId(), address, broker.rack()));
        }
        Map<String, Topic> topics = new TreeMap<>();
        for (MetadataResponse.MetadataResponseTopic topic : response.topics()) {
            String name = topic.name();
            if (name != null) {
                topics.put(name, topic(name, topic));
            }
        }
        return new ClusterMetadata(response.clusterId(), response.controllerId(), nodes, topics);
    }

    private static Topic topic(String name, MetadataResponse.MetadataResponseTopic topic) {
        List<Partition> partitions = new ArrayList<>();
        for (MetadataResponse.MetadataResponsePartition one : topic.partitions()) {
            partitions.add(new Partition(
                    one.partitionIndex(),
                    one.leaderId(),
                    one.leaderEpoch(),
                    List.copyOf(one.replicaNodes()),
                    List.copyOf(one.isrNodes()),
                    ErrorCode.forCode(one.errorCode())));
        }
        partitions.sort((a, b) -> Integer.compare(a.index, b.index));
        return new Topic(
                name,
                topic.topicId(),
                topic.isInternal(),
                ErrorCode.forCode(topic.errorCode()),
                List.copyOf(partitions));
    }

    /** This with newer facts laid over it; topics the newer one does not speak of stay. */
    ClusterMetadata updatedBy(ClusterMetadata newer) {
        Map<String, Topic> merged = new HashMap<>(topics);
        merged.putAll(newer.topics);
        return new ClusterMetadata(newer.clusterId, newer.controllerId, newer.nodes, new TreeMap<>(merged));
    }

    /** The leader of a partition, or -1 when it is not known. */
    public int leaderOf(String topic, int partition) {
        Topic known = topics.get(topic);
        if (known == null || partition < 0 || partition >= known.partitions.size()) {
            return -1;
        }
        return known.partitions.get(partition).leaderId;
    }
}
