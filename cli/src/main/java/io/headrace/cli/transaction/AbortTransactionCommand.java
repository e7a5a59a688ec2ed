package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Confirmation;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.WriteTxnMarkersRequest;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.headrace.protocol.message.WriteTxnMarkersResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Ends a transaction that is stuck: by its transactional id, or by the partition whose readers it holds up.
 *
 * <p>What a coordinator knows is ended by the coordinator, which takes the transactional id over, so that the old producer
 * is refused. Only what no coordinator knows is ended with a marker written past them.
 */
@Command(
        name = "abort",
        description = {
            "Aborts an open transaction and says who held it.",
            "By transactional id, or by --topic and --partition: then the one that readers of committed records wait"
                    + " for, or the one that starts at --start-offset."
        },
        mixinStandardHelpOptions = true)
final class AbortTransactionCommand implements Runnable {
    /** Kafka's brokers take a marker of any epoch from 0 on where a producer has had none. */
    private static final int FIRST_COORDINATOR_EPOCH = 0;

    private static final String BY_COORDINATOR = "coordinator";
    private static final String BY_MARKER = "marker";

    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(arity = "0..1", paramLabel = "ID", description = "The transactional id.")
    private @Nullable String id;

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            description = "The topic of the partition.")
    private @Nullable String topic;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "PARTITION",
            description = "The partition that the transaction is open in.")
    private @Nullable Integer partition;

    @Option(
            names = "--start-offset",
            paramLabel = "OFFSET",
            description = "Where the transaction starts in that partition (default: the first that is open).")
    private @Nullable Long startOffset;

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    private final Table table = new Table(
            "transactionalId",
            "producerId",
            "producerEpoch",
            "topic",
            "partition",
            "startOffset",
            "lastWrite",
            "endedBy");

    AbortTransactionCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        String transactionalId = id;
        String topicName = topic;
        Integer index = partition;
        boolean byPartition = topicName != null && index != null;
        if (byPartition == (transactionalId != null) || (!byPartition && startOffset != null)) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "Say which one: a transactional id, or --topic and --partition");
        }
        try (Cluster cluster = session.connect()) {
            if (transactionalId != null) {
                abort(cluster, new TransactionCoordinators(cluster).describe(transactionalId));
            } else if (topicName != null && index != null) {
                abort(cluster, new TopicPartition(topicName, index));
            }
        }
        table.print(session.out(), output);
    }

    private void abort(Cluster cluster, TransactionDescription transaction) {
        if (!transaction.isOngoing()) {
            throw new CommandFailure(
                    CommandFailure.NOT_FOUND,
                    "Transactional id " + transaction.transactionalId()
                            + " has no transaction to abort, it is in state " + transaction.state());
        }
        List<TopicPartition> partitions = transaction.partitions();
        ClusterMetadata metadata =
                cluster.topics(TopicPartition.byTopic(partitions).keySet());
        List<OpenTransaction> open = PartitionProducers.openTransactions(cluster, metadata, partitions).open().stream()
                .filter(one -> one.producerId() == transaction.producerId())
                .toList();
        confirm(transaction.transactionalId(), transaction.producerId(), transaction.producerEpoch());
        new TransactionCoordinators(cluster).fence(transaction);
        if (open.isEmpty()) {
            table.row(
                    transaction.transactionalId(),
                    transaction.producerId(),
                    transaction.producerEpoch(),
                    null,
                    null,
                    null,
                    null,
                    BY_COORDINATOR);
        }
        open.forEach(one -> row(transaction.transactionalId(), one, BY_COORDINATOR));
    }

    private void abort(Cluster cluster, TopicPartition where) {
        OpenTransaction open = find(cluster, where);
        TransactionCoordinators coordinators = new TransactionCoordinators(cluster);
        String holder =
                coordinators.transactionalIds(List.of(open.producerId())).get(open.producerId());
        TransactionDescription known = holder == null ? null : coordinators.describe(holder);
        if (known != null
                && known.producerId() == open.producerId()
                && known.partitions().contains(where)) {
            if (known.isOngoing()) {
                confirm(known.transactionalId(), open.producerId(), open.producerEpoch());
                coordinators.fence(known);
                row(known.transactionalId(), open, BY_COORDINATOR);
                return;
            }
            throw new CommandFailure(
                    CommandFailure.FAILED,
                    "The coordinator of " + holder + " is ending this transaction already, it is in state "
                            + known.state());
        }
        confirm(null, open.producerId(), open.producerEpoch());
        writeMarker(cluster, open);
        row(holder, open, BY_MARKER);
    }

    private OpenTransaction find(Cluster cluster, TopicPartition where) {
        ClusterMetadata.Topic known = cluster.topic(where.topic(), false);
        if (where.partition() < 0 || where.partition() >= known.partitions().size()) {
            throw new CommandFailure(CommandFailure.NOT_FOUND, "There is no partition " + where);
        }
        ClusterMetadata metadata = cluster.topics(List.of(where.topic()));
        PartitionProducers.Answer answer = PartitionProducers.openTransactions(cluster, metadata, List.of(where));
        for (CommandFailure problem : answer.problems().values()) {
            throw problem;
        }
        return answer.open().stream()
                .filter(one -> startOffset == null || one.startOffset() == startOffset)
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        CommandFailure.NOT_FOUND,
                        "No transaction is open in " + where
                                + (startOffset == null ? "" : " from offset " + startOffset + " on")));
    }

    private void confirm(@Nullable String transactionalId, long producerId, short producerEpoch) {
        String who = transactionalId == null ? "a producer that no coordinator knows" : transactionalId;
        confirmation.ask(
                "Abort the transaction of " + who + " (producer " + producerId + ", epoch " + producerEpoch + ")?",
                session.err());
    }

    private static void writeMarker(Cluster cluster, OpenTransaction open) {
        TopicPartition where = open.partition();
        WriteTxnMarkersRequest request = new WriteTxnMarkersRequest()
                .setMarkers(List.of(new WritableTxnMarker()
                        .setProducerId(open.producerId())
                        .setProducerEpoch(open.producerEpoch())
                        .setCoordinatorEpoch(Math.max(FIRST_COORDINATOR_EPOCH, open.coordinatorEpoch()))
                        .setTransactionResult(false)
                        .setTopics(List.of(new WritableTxnMarkerTopic()
                                .setName(where.topic())
                                .setPartitionIndexes(List.of(where.partition()))))));
        WriteTxnMarkersResponse response = cluster.askBroker(open.leaderId(), request, WriteTxnMarkersResponse.class);
        ErrorCode error = ErrorCode.forCode(
                response.markers().get(0).topics().get(0).partitions().get(0).errorCode());
        if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, where + ": " + error.message());
        }
    }

    private void row(@Nullable String transactionalId, OpenTransaction open, String endedBy) {
        table.row(
                transactionalId,
                open.producerId(),
                open.producerEpoch(),
                open.partition().topic(),
                open.partition().partition(),
                open.startOffset(),
                TimeText.rfc3339(open.lastTimestampMs()),
                endedBy);
    }
}
