package io.headrace.simulation.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The topics that clients use, and what was acknowledged in them, which no client but only the simulation knows. */
public final class Topics {
    /** The topic of the clients that is compacted. */
    public static final String KEYED = "keyed";
    /** Where copies of what was committed elsewhere go. */
    public static final String COPIES = "copies";

    /** A partition that clients use. */
    public record Partition(String topic, UUID topicId, int index) {
        /** Its name in histories. */
        public String key() {
            return topic + "-" + index;
        }

        /** Whether its records have keys, of which only the last counts. */
        boolean isKeyed() {
            return topic.equals(KEYED);
        }
    }

    /** Whether a topic's log is compacted. */
    static boolean isCompacted(String topic) {
        return topic.equals(KEYED) || topic.startsWith("__");
    }

    private final Map<String, List<Partition>> partitions = new LinkedHashMap<>();
    private final Map<Partition, Long> acknowledged = new LinkedHashMap<>();
    private final Map<String, Long> values = new LinkedHashMap<>();

    void add(String topic, UUID id, int count) {
        List<Partition> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(new Partition(topic, id, i));
        }
        partitions.put(topic, List.copyOf(list));
    }

    /** The partitions of a topic; empty until the topic is there. */
    public List<Partition> of(String topic) {
        return partitions.getOrDefault(topic, List.of());
    }

    /** The partitions of several topics. */
    public List<Partition> of(List<String> topics) {
        List<Partition> all = new ArrayList<>();
        topics.forEach(topic -> all.addAll(of(topic)));
        return all;
    }

    @Nullable
    Partition find(UUID topicId, int index) {
        for (List<Partition> list : partitions.values()) {
            if (list.get(0).topicId().equals(topicId)) {
                return index < list.size() ? list.get(index) : null;
            }
        }
        return null;
    }

    /** A value that nobody has sent to the partition. */
    long nextValue(Partition partition) {
        return values.merge(partition.key(), 1L, Long::sum);
    }

    /** Everything below this offset was acknowledged as durable to somebody. */
    void acknowledged(Partition partition, long endOffset) {
        acknowledged.merge(partition, endOffset, Math::max);
    }

    /** Up to where a fetch that starts now must be able to read. */
    public long acknowledged(Partition partition) {
        return acknowledged.getOrDefault(partition, 0L);
    }

    /** Every acknowledged record, by partition; for progress. */
    public long acknowledgedCount() {
        return acknowledged.values().stream().mapToLong(Long::longValue).sum();
    }
}
