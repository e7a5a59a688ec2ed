package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Session;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.network.client.ClusterMetadata;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The topics there are. */
@Command(name = "list", aliases = "ls", description = "Lists topics.", mixinStandardHelpOptions = true)
final class ListTopicsCommand implements Runnable {
    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = {"-i", "--internal"},
            description = "List internal topics too.")
    private boolean internal;

    ListTopicsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Table table = new Table("name", "partitions", "replicas");
        try (Cluster cluster = session.connect()) {
            for (ClusterMetadata.Topic topic : cluster.allTopics().topics().values()) {
                if (internal || !topic.internal()) {
                    int replicas = topic.partitions().isEmpty()
                            ? 0
                            : topic.partitions().get(0).replicas().size();
                    table.row(topic.name(), topic.partitions().size(), replicas);
                }
            }
        }
        table.print(session.out(), output);
    }
}
