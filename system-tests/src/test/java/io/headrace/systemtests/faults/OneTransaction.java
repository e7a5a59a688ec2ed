package io.headrace.systemtests.faults;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.faults.TransactionCase.Begun;
import io.headrace.systemtests.faults.TransactionCase.End;
import io.headrace.systemtests.faults.TransactionCase.InFlight;
import io.headrace.systemtests.faults.TransactionCase.Write;
import io.headrace.systemtests.harness.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.jspecify.annotations.Nullable;

/**
 * A transaction on two partitions of a topic of its own, with an offset of a group of its own, between two others that are
 * committed: one before the kill, and one after it.
 */
final class OneTransaction implements AutoCloseable {
    static final int PARTITIONS = 2;

    private static final String SEGMENT = "00000000000000000000.log";
    private static final long OFFSET_BEFORE = 1;
    private static final long OFFSET = 42;
    private static final long OFFSET_AFTER = 43;
    private static final int TIMEOUT_MS = 60_000;
    private static final int SHORT_TIMEOUT_MS = 2_000;

    final TransactionCase plan;
    final TopicPartition first;
    final TopicPartition second;

    /** The transactional id, and the group. */
    final String id;

    private final Broker broker;
    private final RawProducer producer;
    private final TopicPartition decisions;
    private final TopicPartition offsets;
    private @Nullable AbstractRequest commitOfFirst;
    private List<Integer> markersAtTheKill = List.of();
    private boolean wentOn;

    /**
     * @param id also the topic's name
     * @param partition where in the internal topics transactional id and group are, and nobody else's
     */
    OneTransaction(TransactionCase plan, Broker broker, String id, int partition) {
        this.plan = plan;
        this.broker = broker;
        this.id = id;
        this.first = new TopicPartition(id, 0);
        this.second = new TopicPartition(id, 1);
        this.decisions = new TopicPartition("__transaction_state", partition);
        this.offsets = new TopicPartition("__consumer_offsets", partition);
        this.producer = new RawProducer(broker, id, plan.epochPerTransaction());
    }

    List<TopicPartition> partitions() {
        return List.of(first, second);
    }

    // Until the kill

    /** Commits the transaction before. */
    void commitBefore() {
        producer.init(TIMEOUT_MS);
        writeAll("before", OFFSET_BEFORE);
        producer.end(true);
    }

    void begin() {
        producer.init(timesOut() ? SHORT_TIMEOUT_MS : TIMEOUT_MS);
        if (plan.begun() == Begun.PARTITIONS) {
            producer.addPartitions(partitions());
        } else if (plan.begun() == Begun.DATA_AND_OFFSETS) {
            writeAll("in question", OFFSET);
        }
    }

    /** Whether it is the time that ends it, which begins to run with {@link #begin}. */
    boolean timesOut() {
        return plan.afterwards() == End.TIMEOUT;
    }

    private void writeAll(String value, long offset) {
        if (!plan.epochPerTransaction()) {
            producer.addPartitions(partitions());
        }
        producer.write(first, value);
        producer.write(second, value);
        producer.commitOffset(first, offset);
    }

    /** The files that are not to be written to before its end is decided, as parts of their paths. */
    List<String> refusedBeforeDecision() {
        boolean holdsBackCompletion = plan.missing().contains(Write.COMPLETION);
        return files(holdsBackCompletion ? EnumSet.of(Write.MARKER_OF_FIRST) : plan.missing());
    }

    /** As before, but once the end is decided and until the kill. */
    List<String> refusedAtTheKill() {
        return files(plan.missing());
    }

    /** The files that the last group of appends before the kill is to write to. */
    List<String> writtenInFlight() {
        return files(
                switch (plan.inFlight()) {
                    case NOTHING -> EnumSet.noneOf(Write.class);
                    case IDENTITY, PARTITIONS, DECISION -> EnumSet.of(Write.DECISION);
                    // Its segment is the one that its marker would go to.
                    case DATA -> EnumSet.of(Write.MARKER_OF_FIRST);
                    case MARKERS, COMPLETION -> plan.missing();
                });
    }

    private List<String> files(Set<Write> writes) {
        List<String> files = new ArrayList<>();
        for (Write write : writes) {
            TopicPartition partition =
                    switch (write) {
                        case DECISION, COMPLETION -> decisions;
                        case MARKER_OF_FIRST -> first;
                        case MARKER_OF_SECOND -> second;
                        case MARKER_OF_OFFSETS -> offsets;
                    };
            files.add("/" + partition + "/" + SEGMENT);
        }
        return files;
    }

    /** Has its end decided, durably. */
    void decide() {
        switch (plan.decided()) {
            case COMMIT -> producer.end(true);
            case ABORT -> producer.end(false);
            case SUCCESSOR ->
                // Aborts, and asks for patience meanwhile.
                assertThat(producer.tryInit(TIMEOUT_MS)).isEqualTo(Errors.CONCURRENT_TRANSACTIONS);
            case NOT_AT_ALL, TIMEOUT -> {}
        }
    }

    /** Whether its coordinator is done with it at the kill. */
    boolean isCompleteAtTheKill() {
        return plan.decided() != End.NOT_AT_ALL && plan.missing().isEmpty();
    }

    /** Requires that it stands where it is to stand when the last group of appends begins. */
    void requireState(TransactionState state) {
        TransactionState open = plan.begun() == Begun.IDENTITY ? TransactionState.EMPTY : TransactionState.ONGOING;
        TransactionState wanted =
                switch (plan.decided()) {
                    case NOT_AT_ALL -> open;
                    case COMMIT ->
                        isCompleteAtTheKill() ? TransactionState.COMPLETE_COMMIT : TransactionState.PREPARE_COMMIT;
                    default -> isCompleteAtTheKill() ? TransactionState.COMPLETE_ABORT : TransactionState.PREPARE_ABORT;
                };
        assertThat(state).as(id).isEqualTo(wanted);
    }

    /** Whether the broker ends it without being asked again. */
    boolean endsByItself() {
        return timesOut() || (plan.decided() != End.NOT_AT_ALL && plan.afterwards() == End.NOT_AT_ALL);
    }

    /** Sends what cannot be answered before the kill. */
    void sendInFlight() throws IOException {
        switch (plan.inFlight()) {
            case IDENTITY -> producer.send(producer.initRequest(TIMEOUT_MS));
            case PARTITIONS -> producer.send(producer.addPartitionsRequest(partitions()));
            case DATA -> producer.send(producer.writeRequest(first, "in flight"));
            case DECISION -> {
                if (plan.afterwards() == End.SUCCESSOR) {
                    producer.send(producer.initRequest(TIMEOUT_MS));
                } else if (plan.afterwards() != End.TIMEOUT) {
                    producer.send(producer.endRequest(plan.afterwards() == End.COMMIT));
                }
            }
            case NOTHING, MARKERS, COMPLETION -> {}
        }
    }

    // After the kill

    /** Looks at the files, before anybody writes to them again. */
    void onKilled() throws IOException {
        markersAtTheKill = List.of(
                markers(first).size(), markers(second).size(), markers(offsets).size());
    }

    /** Does what the producer would: sends again what was not answered, ends the transaction if that is its part. */
    void resume() throws IOException {
        producer.close();
        commitOfFirst = producer.endRequest(true);
        if (plan.inFlight() == InFlight.PARTITIONS) {
            writeAll("in question", OFFSET);
        } else if (plan.inFlight() == InFlight.DATA) {
            producer.write(first, "in flight");
        }
        switch (plan.afterwards()) {
            case COMMIT -> producer.end(true);
            case ABORT -> producer.end(false);
            case SUCCESSOR -> producer.init(TIMEOUT_MS);
            case NOT_AT_ALL, TIMEOUT -> {}
        }
    }

    /** Whether its coordinator says that it is over, and how. */
    boolean isOver(TransactionState state) {
        if (!plan.hasTransaction() || plan.afterwards() == End.SUCCESSOR) {
            return state == TransactionState.EMPTY;
        }
        return state == (plan.commits() ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT);
    }

    /** Requires that the identity it had is worth nothing if another one took over; it has one then that is. */
    void requireFenced() {
        if (plan.isFenced()) {
            assertThat(producer.tryEnd(requireNonNull(commitOfFirst)))
                    .as(id)
                    .isIn(Errors.PRODUCER_FENCED, Errors.INVALID_PRODUCER_EPOCH, Errors.INVALID_TXN_STATE);
        }
        if (timesOut()) {
            producer.init(TIMEOUT_MS);
        }
    }

    /** Commits the transaction after. */
    void goOn() {
        writeAll("after", OFFSET_AFTER);
        producer.end(true);
        wentOn = true;
    }

    /** What readers of a partition get. */
    List<String> values(TopicPartition partition, boolean committedOnly) {
        List<String> values = new ArrayList<>(List.of("before"));
        if (plan.hasData() && (plan.commits() || !committedOnly)) {
            values.add("in question");
            if (plan.inFlight() == InFlight.DATA && partition.equals(first)) {
                values.add("in flight");
            }
        }
        if (wentOn) {
            values.add("after");
        }
        return values;
    }

    /** The offset that the group has for the first partition. */
    long committedOffset() {
        if (wentOn) {
            return OFFSET_AFTER;
        }
        return plan.commits() && plan.hasData() ? OFFSET : OFFSET_BEFORE;
    }

    /**
     * Requires one marker for each transaction in each partition; two for the one in question if one was there at the kill
     * and the coordinator did not know, as it then writes it again.
     */
    void requireMarkers() throws IOException {
        List<TopicPartition> all = List.of(first, second, offsets);
        for (int i = 0; i < all.size(); i++) {
            boolean isThere = plan.hasTransaction() && (plan.hasData() || i < PARTITIONS);
            List<ControlRecordType> once = new ArrayList<>(List.of(ControlRecordType.COMMIT));
            if (isThere) {
                once.add(plan.commits() ? ControlRecordType.COMMIT : ControlRecordType.ABORT);
            }
            List<ControlRecordType> twice = new ArrayList<>(once);
            if (isThere && markersAtTheKill.get(i) == 2 && !isCompleteAtTheKill()) {
                twice.add(once.get(1));
            }
            if (wentOn) {
                once.add(ControlRecordType.COMMIT);
                twice.add(ControlRecordType.COMMIT);
            }
            assertThat(markers(all.get(i)))
                    .as("markers of %s in %s", id, all.get(i))
                    .isIn(once, twice);
        }
    }

    private List<ControlRecordType> markers(TopicPartition partition) throws IOException {
        List<ControlRecordType> markers = new ArrayList<>();
        Path segment = broker.dataDirectory().resolve(partition.toString()).resolve(SEGMENT);
        try (FileRecords records = FileRecords.open(segment.toFile(), false)) {
            for (FileChannelRecordBatch batch : records.batches()) {
                if (batch.isControlBatch()) {
                    markers.add(ControlRecordType.parse(batch.iterator().next().key()));
                }
            }
        }
        return markers;
    }

    @Override
    public void close() throws IOException {
        producer.close();
    }
}
