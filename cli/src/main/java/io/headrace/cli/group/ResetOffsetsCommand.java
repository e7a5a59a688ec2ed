package io.headrace.cli.group;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.GroupOffsets;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputFormat;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.protocol.ErrorCode;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves a group's offsets; shows what would change unless told to do it. */
@Command(
        name = "reset-offsets",
        aliases = {"reset", "seek"},
        description = "Moves the committed offsets of a group without members. Only shows the change, until --execute.",
        mixinStandardHelpOptions = true)
final class ResetOffsetsCommand implements Runnable {
    /** Where to; exactly one. */
    static final class Target {
        @Option(names = "--to-earliest", description = "To the first record.")
        private boolean earliest;

        @Option(names = "--to-latest", description = "To the end.")
        private boolean latest;

        @Option(names = "--to-current", description = "To what is committed now, where that exists.")
        private boolean current;

        @Option(names = "--to-offset", paramLabel = "OFFSET", description = "To this offset.")
        private @Nullable Long offset;

        @Option(names = "--shift-by", paramLabel = "COUNT", description = "Forwards, or backwards if negative.")
        private @Nullable Long shift;

        @Option(
                names = {"--to-datetime", "--to"},
                paramLabel = "TIME",
                description = "To the first record from then on: 2026-01-31T12:00:00Z or -1h.")
        private @Nullable String time;

        @Option(names = "--by-duration", paramLabel = "TIME", description = "As long before now: PT1H or 1h.")
        private @Nullable String duration;
    }

    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(index = "0", paramLabel = "GROUP", description = "The group.")
    private String group = "";

    @ArgGroup(multiplicity = "1", exclusive = true)
    @SuppressWarnings("NullAway.Init") // by picocli
    private Target target;

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC[:P,...]",
            description = "Only this topic, or these partitions of it; may be repeated (default: what is committed).")
    private List<String> topics = List.of();

    @Option(names = "--all-topics", description = "All topics the group has committed offsets for; the default.")
    private boolean allTopics;

    @Option(
            names = {"--execute", "-y", "--yes"},
            description = "Do it.")
    private boolean execute;

    @Option(names = "--dry-run", description = "Only show it; the default.")
    private boolean dryRun;

    ResetOffsetsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        try (Cluster cluster = session.connect()) {
            boolean all = topics.isEmpty() || allTopics;
            Map<TopicPartition, Long> before = GroupOffsets.fetch(cluster, group, null);
            List<TopicPartition> chosen = all ? new ArrayList<>(before.keySet()) : chosen(cluster);
            if (chosen.isEmpty()) {
                throw new CommandFailure(
                        CommandFailure.NOT_FOUND, "Group " + group + " has no committed offsets; name a --topic");
            }
            Map<TopicPartition, Long> after = within(cluster, after(cluster, chosen, before));
            Table table = new Table("topic", "partition", "before", "after");
            after.forEach((one, offset) -> table.row(one.topic(), one.partition(), before.get(one), offset));
            if (execute && !dryRun) {
                commit(cluster, after);
            }
            table.print(session.out(), output);
            if ((!execute || dryRun) && output.format() == OutputFormat.table) {
                session.err().println("headrace: nothing was changed; say --execute to do it");
                session.err().flush();
            }
        }
    }

    private void commit(Cluster cluster, Map<TopicPartition, Long> after) {
        ErrorCode error = GroupOffsets.commit(cluster, group, -1, "", after);
        if (error == ErrorCode.UNKNOWN_MEMBER_ID || error == ErrorCode.NON_EMPTY_GROUP) {
            throw new CommandFailure(
                    CommandFailure.FAILED, "Group " + group + " has members; stop them before moving its offsets");
        } else if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, "Group " + group + ": " + error.message());
        }
    }

    private List<TopicPartition> chosen(Cluster cluster) {
        TreeSet<TopicPartition> result = new TreeSet<>();
        for (String text : topics) {
            int colon = text.indexOf(':');
            List<TopicPartition> all =
                    Cluster.partitionsOf(cluster.topic(colon < 0 ? text : text.substring(0, colon), false));
            if (colon < 0) {
                result.addAll(all);
                continue;
            }
            for (String number : text.substring(colon + 1).split(",", -1)) {
                result.add(all.get(partitionIndex(text, number, all.size())));
            }
        }
        return new ArrayList<>(result);
    }

    private static int partitionIndex(String text, String number, int count) {
        try {
            int index = Integer.parseInt(number.trim());
            if (index >= 0 && index < count) {
                return index;
            }
        } catch (NumberFormatException e) {
            throw new CommandFailure(CommandFailure.USAGE, "'" + text + "' is not TOPIC or TOPIC:PARTITION,...");
        }
        throw new CommandFailure(CommandFailure.NOT_FOUND, "There is no partition " + number + " for " + text);
    }

    private Map<TopicPartition, Long> after(
            Cluster cluster, List<TopicPartition> chosen, Map<TopicPartition, Long> before) {
        if (target.earliest) {
            return cluster.offsets(chosen, Cluster.EARLIEST);
        }
        Map<TopicPartition, Long> ends = cluster.offsets(chosen, Cluster.LATEST);
        Long offset = target.offset;
        Long shift = target.shift;
        Map<TopicPartition, Long> result = new TreeMap<>();
        if (offset != null) {
            chosen.forEach(one -> result.put(one, offset));
        } else if (shift != null || target.current) {
            long by = shift == null ? 0 : shift;
            chosen.forEach(one -> result.put(one, before.getOrDefault(one, ends.getOrDefault(one, 0L)) + by));
        } else if (target.time != null || target.duration != null) {
            cluster.offsets(chosen, timeMs())
                    .forEach((one, found) -> result.put(one, found >= 0 ? found : ends.getOrDefault(one, 0L)));
        } else if (target.latest) {
            result.putAll(ends);
        }
        return result;
    }

    private long timeMs() {
        long nowMs = System.currentTimeMillis();
        String time = target.time;
        String duration = target.duration;
        return CommandFailure.parsed(() -> time != null
                ? TimeText.instantMs(time, nowMs, ZoneId.systemDefault())
                : nowMs - TimeText.duration(duration == null ? "0" : duration).toMillis());
    }

    /** An offset outside of what the partition holds moves to the nearer end. */
    private static Map<TopicPartition, Long> within(Cluster cluster, Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, Long> first = cluster.offsets(offsets.keySet(), Cluster.EARLIEST);
        Map<TopicPartition, Long> end = cluster.offsets(offsets.keySet(), Cluster.LATEST);
        Map<TopicPartition, Long> result = new TreeMap<>();
        offsets.forEach((one, offset) -> result.put(
                one, Math.max(first.getOrDefault(one, 0L), Math.min(end.getOrDefault(one, offset), offset))));
        return result;
    }
}
