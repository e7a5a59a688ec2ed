package io.headrace.core.metadata;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All of the cluster's metadata at one point of the metadata log. Immutable; any thread may read it. A change makes
 * another image that shares with this one whatever did not change.
 */
public final class MetadataImage {
    /** The image of a cluster in which nothing has happened yet. */
    public static final MetadataImage EMPTY = new MetadataImage(new Builder());

    private final long index;
    private final String clusterId;
    private final SortedMap<String, Short> features;
    private final SortedMap<Integer, BrokerRegistration> brokers;
    private final PersistentMap<String, TopicImage> topicsByName;
    private final PersistentMap<UUID, TopicImage> topicsById;
    private final PersistentMap<String, String> namesByCollisionForm;
    private final PersistentMap<ConfigResource, Map<String, String>> configs;
    private final int partitionCount;
    private final long replicaCount;
    private final long nextProducerId;

    private MetadataImage(Builder builder) {
        index = builder.index;
        clusterId = builder.clusterId;
        features = builder.features;
        brokers = builder.brokers;
        topicsByName = builder.topicsByName;
        topicsById = builder.topicsById;
        namesByCollisionForm = builder.namesByCollisionForm;
        configs = builder.configs;
        partitionCount = builder.partitionCount;
        replicaCount = builder.replicaCount;
        nextProducerId = builder.nextProducerId;
    }

    /**
     * Carries out a command, or refuses it. The same command on the same image has the same outcome everywhere.
     *
     * @return the next image, whose index is one more even if the command is refused, and the answer
     */
    public Applied apply(MetadataCommand command) {
        return apply(command, false);
    }

    /**
     * As {@link #apply}, for a command that was accepted before, maybe by an earlier version of this program: what it
     * configures on brokers is not asked again whether it is allowed, so that it can be seen and taken back. A command that
     * is refused all the same stands for a state that cannot be had here.
     */
    public Applied applyAccepted(MetadataCommand command) {
        return apply(command, true);
    }

    private Applied apply(MetadataCommand command, boolean accepted) {
        Builder builder = copy();
        builder.accepted = accepted;
        builder.index = index + 1;
        CommandResult result = command.applyTo(this, builder);
        if (result.isOk()) {
            return new Applied(builder.build(), result);
        }
        Builder unchanged = copy();
        unchanged.index = index + 1;
        return new Applied(unchanged.build(), result);
    }

    /**
     * The outcome of a command.
     *
     * @param image the image afterwards
     * @param result the answer
     */
    public record Applied(MetadataImage image, CommandResult result) {}

    /** How many commands of the metadata log this image has seen. */
    public long index() {
        return index;
    }

    /** The cluster's id; empty until the cluster has one. */
    public String clusterId() {
        return clusterId;
    }

    /** The level of each feature that is on, by name. */
    public SortedMap<String, Short> features() {
        return Collections.unmodifiableSortedMap(features);
    }

    /** All brokers, by id. */
    public Collection<BrokerRegistration> brokers() {
        return Collections.unmodifiableCollection(brokers.values());
    }

    /** A broker; null when there is none of that id. */
    public @Nullable BrokerRegistration broker(int id) {
        return brokers.get(id);
    }

    /** A topic; null when there is none of that name. */
    public @Nullable TopicImage topic(String name) {
        return topicsByName.find(name);
    }

    /** A topic; null when there is none of that id. */
    public @Nullable TopicImage topic(UUID id) {
        return topicsById.find(id);
    }

    /** A partition; null when there is no such topic or no such partition in it. */
    public @Nullable PartitionImage partition(String topicName, int partition) {
        TopicImage topic = topic(topicName);
        return topic == null || !topic.hasPartition(partition)
                ? null
                : topic.partitions().get(partition);
    }

    /** Visits every topic, in no particular order. */
    public void forEachTopic(Consumer<TopicImage> visitor) {
        topicsByName.forEach((name, topic) -> visitor.accept(topic));
    }

    /** Told of a topic that was created (nothing before), changed, or deleted (nothing after). */
    @FunctionalInterface
    public interface TopicChangeVisitor {
        void visit(@Nullable TopicImage before, @Nullable TopicImage after);
    }

    /**
     * Visits the topics that are not the same here as in an earlier image; a topic that was deleted and created again is
     * two. Costs as much as the changes did, however many topics there are.
     */
    public void forEachTopicChange(MetadataImage earlier, TopicChangeVisitor visitor) {
        PersistentMap.forEachDifference(
                earlier.topicsById, topicsById, (id, before, after) -> visitor.visit(before, after));
    }

    /** Told of what has something set for it; empty where nothing is. */
    @FunctionalInterface
    public interface ConfigChangeVisitor {
        void visit(ConfigResource resource, Map<String, String> before, Map<String, String> after);
    }

    /**
     * Visits everything other than topics for which something else may be set than in an earlier image. Costs as much as the
     * changes did.
     */
    public void forEachConfigChange(MetadataImage earlier, ConfigChangeVisitor visitor) {
        PersistentMap.forEachDifference(
                earlier.configs,
                configs,
                (resource, before, after) ->
                        visitor.visit(resource, before == null ? Map.of() : before, after == null ? Map.of() : after));
    }

    /** The names of all topics, sorted, as a new list. */
    public List<String> sortedTopicNames() {
        List<String> names = topicsByName.keys();
        names.sort(null);
        return names;
    }

    /** The number of topics. */
    public int topicCount() {
        return topicsByName.size();
    }

    /** The number of partitions of all topics. */
    public int partitionCount() {
        return partitionCount;
    }

    long replicaCount() {
        return replicaCount;
    }

    /** The existing topic with which a new one of that name would collide in metrics; null when there is none. */
    @Nullable
    String collidingTopic(String name) {
        String existing = namesByCollisionForm.find(TopicNames.collisionForm(name));
        return existing == null || existing.equals(name) ? null : existing;
    }

    /** What is set for something; empty when nothing is. */
    public Map<String, String> configs(ConfigResource resource) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            TopicImage topic = topic(resource.name());
            return topic == null ? Map.of() : topic.configs();
        }
        Map<String, String> set = configs.find(resource);
        return set == null ? Map.of() : set;
    }

    /** Everything other than topics for which something is set. */
    public List<ConfigResource> configuredResources() {
        return configs.keys();
    }

    /** The first producer id that was never given out. */
    public long nextProducerId() {
        return nextProducerId;
    }

    Builder copy() {
        Builder builder = new Builder();
        builder.index = index;
        builder.clusterId = clusterId;
        builder.features = features;
        builder.brokers = brokers;
        builder.topicsByName = topicsByName;
        builder.topicsById = topicsById;
        builder.namesByCollisionForm = namesByCollisionForm;
        builder.configs = configs;
        builder.partitionCount = partitionCount;
        builder.replicaCount = replicaCount;
        builder.nextProducerId = nextProducerId;
        return builder;
    }

    /** An image in the making. Used by one thread, for one change. */
    static final class Builder {
        /** Whether the command was accepted before. */
        boolean accepted;

        long index;
        String clusterId = "";
        long nextProducerId;
        private SortedMap<String, Short> features = new TreeMap<>();
        private SortedMap<Integer, BrokerRegistration> brokers = new TreeMap<>();
        private PersistentMap<String, TopicImage> topicsByName = PersistentMap.empty();
        private PersistentMap<UUID, TopicImage> topicsById = PersistentMap.empty();
        private PersistentMap<String, String> namesByCollisionForm = PersistentMap.empty();
        private PersistentMap<ConfigResource, Map<String, String>> configs = PersistentMap.empty();
        private int partitionCount;
        private long replicaCount;

        /** Adds a topic, or replaces the one of that id and name. */
        void putTopic(TopicImage topic) {
            countOut(topicsById.find(topic.id()));
            topicsByName = topicsByName.with(topic.name(), topic);
            topicsById = topicsById.with(topic.id(), topic);
            partitionCount += topic.partitionCount();
            replicaCount += topic.replicaCount();
            if (TopicNames.canCollide(topic.name())) {
                namesByCollisionForm = namesByCollisionForm.with(TopicNames.collisionForm(topic.name()), topic.name());
            }
        }

        void removeTopic(TopicImage topic) {
            countOut(topic);
            topicsByName = topicsByName.without(topic.name());
            topicsById = topicsById.without(topic.id());
            if (TopicNames.canCollide(topic.name())) {
                namesByCollisionForm = namesByCollisionForm.without(TopicNames.collisionForm(topic.name()));
            }
        }

        /** Each partition that the broker leads has been led anew so many times. */
        void raiseLeaderEpochs(int leader, int times) {
            LeaderEpochRaise raise = new LeaderEpochRaise(leader, times);
            PersistentMap<UUID, TopicImage> changed = topicsById.mapValues(topic -> topic.mapPartitions(raise));
            topicsByName = topicsByName.mapValues(topic -> Objects.requireNonNull(changed.find(topic.id())));
            topicsById = changed;
        }

        private void countOut(@Nullable TopicImage topic) {
            if (topic != null) {
                partitionCount -= topic.partitionCount();
                replicaCount -= topic.replicaCount();
            }
        }

        void putConfigs(ConfigResource resource, Map<String, String> values) {
            configs = values.isEmpty() ? configs.without(resource) : configs.with(resource, Map.copyOf(values));
        }

        void putBroker(BrokerRegistration broker) {
            brokers = new TreeMap<>(brokers);
            brokers.put(broker.id(), broker);
        }

        void removeBroker(int id) {
            brokers = new TreeMap<>(brokers);
            brokers.remove(id);
        }

        void putFeature(String name, short level) {
            features = new TreeMap<>(features);
            if (level == 0) {
                features.remove(name);
            } else {
                features.put(name, level);
            }
        }

        MetadataImage build() {
            return new MetadataImage(this);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MetadataImage that
                && index == that.index
                && clusterId.equals(that.clusterId)
                && features.equals(that.features)
                && brokers.equals(that.brokers)
                && topicsById.equals(that.topicsById)
                && configs.equals(that.configs)
                && nextProducerId == that.nextProducerId;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(index);
    }

    @Override
    public String toString() {
        return "MetadataImage[index=" + index + ", topics=" + topicCount() + ", partitions=" + partitionCount
                + ", brokers=" + brokers.keySet() + "]";
    }
}
