package io.headrace.cli.group;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.GroupOffsets;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputFormat;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.network.client.ClusterMetadata;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Groups with their members, offsets and lag. */
@Command(
        name = "describe",
        aliases = "info",
        description = "Shows members, offsets and lag of groups.",
        mixinStandardHelpOptions = true)
final class DescribeGroupsCommand implements Runnable {
    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(arity = "1..*", paramLabel = "GROUP", description = "Names of the groups.")
    private List<String> groups = List.of();

    DescribeGroupsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        PrintWriter out = session.out();
        List<Object> all = new ArrayList<>();
        try (Cluster cluster = session.connect()) {
            for (String group : groups) {
                GroupDescription description = GroupDescription.of(cluster, group);
                Table table = offsets(cluster, description);
                if (output.format() == OutputFormat.table) {
                    out.println("Group:    " + group);
                    out.println("State:    " + description.state() + ", " + description.type() + " protocol"
                            + (description.protocol().isEmpty() ? "" : ", assignor " + description.protocol()));
                    out.println("Members:  " + description.members().size());
                    table.printColumns(out, output.headers());
                } else {
                    all.add(json(description, table));
                }
            }
        }
        output.printAtEnd(out, all, groups);
    }

    private static Map<String, @Nullable Object> json(GroupDescription description, Table offsets) {
        List<Map<String, @Nullable Object>> members = new ArrayList<>();
        for (GroupDescription.Member member : description.members()) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("id", member.id());
            one.put("clientId", member.clientId());
            one.put("host", member.host());
            members.add(one);
        }
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("group", description.group());
        result.put("type", description.type());
        result.put("state", description.state());
        result.put("assignor", description.protocol());
        result.put("members", members);
        result.put("offsets", offsets.toJson());
        return result;
    }

    private static Table offsets(Cluster cluster, GroupDescription description) {
        Map<TopicPartition, Long> committed = GroupOffsets.fetch(cluster, description.group(), null);
        Map<TopicPartition, GroupDescription.Member> owners = new TreeMap<>();
        description.members().forEach(member -> member.partitions().forEach(one -> owners.put(one, member)));
        TreeSet<TopicPartition> partitions = new TreeSet<>(committed.keySet());
        partitions.addAll(owners.keySet());
        Map<TopicPartition, Long> ends = ends(cluster, partitions);
        Table table = new Table("topic", "partition", "offset", "endOffset", "lag", "member", "clientId", "host");
        for (TopicPartition one : partitions) {
            Long offset = committed.get(one);
            Long end = ends.get(one);
            GroupDescription.Member owner = owners.get(one);
            table.row(
                    one.topic(),
                    one.partition(),
                    offset,
                    end,
                    offset == null || end == null ? null : Math.max(0, end - offset),
                    owner == null ? null : owner.id(),
                    owner == null ? null : owner.clientId(),
                    owner == null ? null : owner.host());
        }
        return table;
    }

    /** Of those partitions that still exist. */
    private static Map<TopicPartition, Long> ends(Cluster cluster, Set<TopicPartition> partitions) {
        TreeSet<String> topics = new TreeSet<>();
        partitions.forEach(one -> topics.add(one.topic()));
        List<TopicPartition> led = new ArrayList<>();
        if (!topics.isEmpty()) {
            ClusterMetadata metadata = cluster.topics(topics);
            for (TopicPartition one : partitions) {
                if (metadata.leaderOf(one.topic(), one.partition()) >= 0) {
                    led.add(one);
                }
            }
        }
        return cluster.offsets(led, Cluster.LATEST);
    }
}
