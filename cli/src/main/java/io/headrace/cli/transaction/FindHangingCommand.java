package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.network.client.ClusterMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Open transactions that nobody will end: they have been silent for longer than any transaction may take, and no
 * coordinator has them in an open transaction of that producer (KIP-664).
 */
@Command(
        name = "find-hanging",
        description = "Finds transactions that partitions hold open and that no coordinator will end.",
        mixinStandardHelpOptions = true)
final class FindHangingCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            description = "Only in this topic; may be repeated (default: all topics).")
    private List<String> topics = List.of();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "PARTITION",
            description = "Only in this partition of the topics.")
    private @Nullable Integer partition;

    @Option(
            names = {"--broker", "--broker-id"},
            paramLabel = "ID",
            description = "Only in partitions that this broker leads.")
    private @Nullable Integer brokerId;

    @Option(
            names = {"--silent-for", "--max-transaction-timeout"},
            paramLabel = "TIME",
            defaultValue = "15m",
            description = "The longest timeout that the brokers allow a transaction (default: ${DEFAULT-VALUE}).")
    private String silentFor = "15m";

    FindHangingCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        long silentMs = CommandFailure.parsed(() -> TimeText.duration(silentFor).toMillis());
        Table table = new Table(
                "topic",
                "partition",
                "startOffset",
                "producerId",
                "producerEpoch",
                "coordinatorEpoch",
                "lastWrite",
                "silentMs");
        Map<TopicPartition, CommandFailure> problems;
        try (Cluster cluster = session.connect()) {
            ClusterMetadata metadata = metadata(cluster);
            PartitionProducers.Answer answer = PartitionProducers.openTransactions(cluster, metadata, chosen(metadata));
            problems = answer.problems();
            long nowMs = System.currentTimeMillis();
            List<OpenTransaction> silent = answer.open().stream()
                    .filter(one -> nowMs - one.lastTimestampMs() >= silentMs)
                    .toList();
            for (OpenTransaction one : unknownToCoordinators(cluster, silent)) {
                table.row(
                        one.partition().topic(),
                        one.partition().partition(),
                        one.startOffset(),
                        one.producerId(),
                        one.producerEpoch(),
                        one.coordinatorEpoch(),
                        TimeText.rfc3339(one.lastTimestampMs()),
                        nowMs - one.lastTimestampMs());
            }
        }
        table.print(session.out(), output);
        problems.forEach((one, failure) ->
                session.err().println("headrace: " + one + " was not looked at: " + failure.getMessage()));
        session.err().flush();
        return problems.isEmpty() ? 0 : CommandFailure.PARTIAL;
    }

    private ClusterMetadata metadata(Cluster cluster) {
        if (topics.isEmpty()) {
            return cluster.allTopics();
        }
        topics.forEach(topic -> cluster.topic(topic, false)); // each is there
        return cluster.topics(topics);
    }

    private List<TopicPartition> chosen(ClusterMetadata metadata) {
        List<TopicPartition> result = new ArrayList<>();
        for (ClusterMetadata.Topic topic : metadata.topics().values()) {
            for (ClusterMetadata.Partition one : topic.partitions()) {
                boolean wanted = partition == null || partition == one.index();
                boolean led = brokerId == null || brokerId == one.leaderId();
                if (wanted && led) {
                    result.add(new TopicPartition(topic.name(), one.index()));
                }
            }
        }
        if (result.isEmpty() && partition != null && brokerId == null) {
            throw new CommandFailure(
                    CommandFailure.NOT_FOUND,
                    "There is no partition " + partition
                            + (topics.isEmpty() ? "" : " of " + String.join(", ", topics)));
        }
        return result;
    }

    private static List<OpenTransaction> unknownToCoordinators(Cluster cluster, List<OpenTransaction> silent) {
        TransactionCoordinators coordinators = new TransactionCoordinators(cluster);
        Map<Long, String> ids = coordinators.transactionalIds(
                silent.stream().map(OpenTransaction::producerId).toList());
        Map<String, Optional<TransactionDescription>> known = new HashMap<>();
        List<OpenTransaction> result = new ArrayList<>();
        for (OpenTransaction one : silent) {
            String id = ids.get(one.producerId());
            boolean attended = id != null
                    && known.computeIfAbsent(id, key -> described(coordinators, key))
                            .filter(description -> attends(description, one))
                            .isPresent();
            if (!attended) {
                result.add(one);
            }
        }
        return result;
    }

    /** Empty when the coordinator forgot the id meanwhile. */
    private static Optional<TransactionDescription> described(TransactionCoordinators coordinators, String id) {
        try {
            return Optional.of(coordinators.describe(id));
        } catch (CommandFailure e) {
            if (e.exitCode() == CommandFailure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean attends(TransactionDescription description, OpenTransaction open) {
        return description.producerId() == open.producerId()
                && description.partitions().contains(open.partition());
    }
}
