package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputFormat;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.UuidText;
import io.headrace.protocol.message.DescribeConfigsRequest;
import io.headrace.protocol.message.DescribeConfigsResponse;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Topics with their partitions, offsets and settings. */
@Command(
        name = "describe",
        aliases = "info",
        description = "Shows partitions, offsets and settings of topics.",
        mixinStandardHelpOptions = true)
final class DescribeTopicsCommand implements Runnable {
    private static final byte RESOURCE_TOPIC = 2;
    private static final byte SOURCE_OF_TOPIC = 1;

    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Names of the topics.")
    private List<String> names = List.of();

    DescribeTopicsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        PrintWriter out = session.out();
        List<Object> all = new ArrayList<>();
        try (Cluster cluster = session.connect()) {
            for (String name : names) {
                ClusterMetadata.Topic topic = cluster.topic(name, false);
                Map<String, @Nullable String> settings = settings(cluster, name);
                Table partitions = partitions(cluster, topic);
                if (output.format() == OutputFormat.table) {
                    print(out, topic, settings, partitions, name.equals(names.get(0)));
                } else {
                    all.add(json(topic, settings, partitions));
                }
            }
        }
        output.printAtEnd(out, all, names);
    }

    private void print(
            PrintWriter out,
            ClusterMetadata.Topic topic,
            Map<String, @Nullable String> settings,
            Table partitions,
            boolean first) {
        if (!first) {
            out.println();
        }
        out.println("Topic:     " + topic.name() + (topic.internal() ? " (internal)" : ""));
        out.println("Id:        " + UuidText.encode(topic.id()));
        out.println("Settings:  " + (settings.isEmpty() ? "all by default" : ""));
        settings.forEach((key, value) -> out.println("  " + key + "=" + value));
        partitions.printColumns(out, output.headers());
    }

    private static Map<String, @Nullable Object> json(
            ClusterMetadata.Topic topic, Map<String, @Nullable String> settings, Table partitions) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("name", topic.name());
        result.put("id", UuidText.encode(topic.id()));
        result.put("internal", topic.internal());
        result.put("settings", settings);
        result.put("partitions", partitions.toJson());
        return result;
    }

    private static Table partitions(Cluster cluster, ClusterMetadata.Topic topic) {
        List<TopicPartition> led = new ArrayList<>();
        for (ClusterMetadata.Partition partition : topic.partitions()) {
            if (partition.leaderId() >= 0) {
                led.add(new TopicPartition(topic.name(), partition.index()));
            }
        }
        Map<TopicPartition, Long> start = cluster.offsets(led, Cluster.EARLIEST);
        Map<TopicPartition, Long> end = cluster.offsets(led, Cluster.LATEST);
        Table table = new Table(
                "partition", "leader", "leaderEpoch", "replicas", "inSyncReplicas", "startOffset", "endOffset");
        for (ClusterMetadata.Partition partition : topic.partitions()) {
            TopicPartition key = new TopicPartition(topic.name(), partition.index());
            table.row(
                    partition.index(),
                    partition.leaderId() < 0 ? null : partition.leaderId(),
                    partition.leaderEpoch(),
                    partition.replicas(),
                    partition.inSyncReplicas(),
                    start.get(key),
                    end.get(key));
        }
        return table;
    }

    /** The settings that were made for the topic itself. */
    private static Map<String, @Nullable String> settings(Cluster cluster, String topic) {
        DescribeConfigsRequest request = new DescribeConfigsRequest()
                .setResources(List.of(new DescribeConfigsRequest.DescribeConfigsResource()
                        .setResourceType(RESOURCE_TOPIC)
                        .setResourceName(topic)
                        .setConfigurationKeys(null)));
        DescribeConfigsResponse response = cluster.ask(request, DescribeConfigsResponse.class);
        Map<String, @Nullable String> settings = new TreeMap<>();
        for (DescribeConfigsResponse.DescribeConfigsResult result : response.results()) {
            if (ErrorCode.forCode(result.errorCode()) == ErrorCode.NONE) {
                for (DescribeConfigsResponse.DescribeConfigsResourceResult one : result.configs()) {
                    if (one.configSource() == SOURCE_OF_TOPIC) {
                        settings.put(one.name(), one.value());
                    }
                }
            }
        }
        return settings;
    }
}
