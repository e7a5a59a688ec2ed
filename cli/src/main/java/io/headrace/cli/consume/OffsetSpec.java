package io.headrace.cli.consume;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.client.TopicPartition;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where to begin: {@code beginning}, {@code end}, an offset, so many records before the end ({@code -N}) or a point in
 * time ({@code @time}).
 */
record OffsetSpec(Kind kind, long number) {
    enum Kind {
        BEGINNING,
        END,
        OFFSET,
        BEFORE_END,
        TIME
    }

    static final OffsetSpec BEGINNING = new OffsetSpec(Kind.BEGINNING, 0);
    static final OffsetSpec END = new OffsetSpec(Kind.END, 0);

    static OffsetSpec parse(String text, long nowMs, ZoneId zone) {
        switch (text) {
            case "beginning":
            case "start":
            case "earliest":
            case "oldest":
                return BEGINNING;
            case "end":
            case "latest":
            case "newest":
                return END;
            default:
                break;
        }
        if (text.startsWith("@")) {
            return new OffsetSpec(Kind.TIME, TimeText.instantMs(text.substring(1), nowMs, zone));
        }
        try {
            long number = Long.parseLong(text);
            return text.startsWith("-")
                    ? new OffsetSpec(Kind.BEFORE_END, -number)
                    : new OffsetSpec(Kind.OFFSET, number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an offset; expected beginning, end, N, -N or @time");
        }
    }

    /** The offsets to begin at. */
    Map<TopicPartition, Long> resolve(Cluster cluster, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> result = new TreeMap<>();
        switch (kind) {
            case BEGINNING:
                return cluster.offsets(partitions, Cluster.EARLIEST);
            case END:
                return cluster.offsets(partitions, Cluster.LATEST);
            case OFFSET:
                partitions.forEach(partition -> result.put(partition, number));
                return result;
            case BEFORE_END:
                Map<TopicPartition, Long> first = cluster.offsets(partitions, Cluster.EARLIEST);
                cluster.offsets(partitions, Cluster.LATEST)
                        .forEach((partition, end) ->
                                result.put(partition, Math.max(first.getOrDefault(partition, 0L), end - number)));
                return result;
            default:
                return atTime(cluster, partitions);
        }
    }

    private Map<TopicPartition, Long> atTime(Cluster cluster, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> ends = cluster.offsets(partitions, Cluster.LATEST);
        Map<TopicPartition, Long> result = new TreeMap<>();
        cluster.offsets(partitions, number)
                .forEach((partition, offset) ->
                        result.put(partition, offset >= 0 ? offset : ends.getOrDefault(partition, 0L)));
        return result;
    }
}
