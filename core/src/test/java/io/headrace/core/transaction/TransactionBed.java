package io.headrace.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.Reply;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.core.coordinator.Step;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** A coordinator with a log and a clock of its own. What it writes is durable at once unless appends are held. */
final class TransactionBed {
    static final int TIMEOUT_MS = 60_000;
    static final long CHECK_MS = 10_000;
    static final long EXPIRY_MS = 7 * 24 * 3_600_000L;
    static final long EXPIRY_CHECK_MS = 3_600_000;
    static final String ID = "payments";
    static final TopicPartition A0 = new TopicPartition("a", 0);
    static final TopicPartition A1 = new TopicPartition("a", 1);
    static final TopicPartition B0 = new TopicPartition("b", 0);

    final List<StateRecord> log = new ArrayList<>();

    /** Appends whose outcome is open, oldest first. */
    final Deque<Step> held = new ArrayDeque<>();

    /** Markers that nobody has answered yet. */
    final Deque<MarkerWrite> markers = new ArrayDeque<>();

    final List<String> notes = new ArrayList<>();
    boolean holdAppends = false;
    boolean holdMarkers = false;
    long nowMs = 1_000_000;
    /** How far the wall clock is ahead of the coordinator's time. */
    private long wallAheadMs = 0;

    long nextProducerId = 1_000;
    boolean producerIdsAreGone = false;
    int producerIdsAsked = 0;
    int coordinatorEpoch = 3;
    TransactionSettings settings;
    TransactionCoordinator coordinator;
    private final Waiter<MarkerWrite> markerWriter = markers::add;

    TransactionBed() {
        settings = new TransactionSettings(
                900_000, EXPIRY_MS, CHECK_MS, EXPIRY_CHECK_MS, false, 100, 50, 10, 100, 100, 30_000, 5);
        coordinator = fresh();
    }

    private TransactionCoordinator fresh() {
        TransactionCoordinator fresh =
                new TransactionCoordinator(settings, coordinatorEpoch, this::takeProducerId, markerWriter);
        fresh.showWallClock(nowMs, nowMs + wallAheadMs);
        return fresh;
    }

    private long takeProducerId() {
        producerIdsAsked++;
        return producerIdsAreGone ? ProducerIdSource.NONE : nextProducerId++;
    }

    // The shell

    void run(Step step) {
        if (step.hasRecords()) {
            held.addLast(step);
        }
        step.replies().forEach(Reply::deliver);
        notes.addAll(step.notes());
        if (!holdAppends) {
            release();
        }
        if (!holdMarkers) {
            answerMarkers(ErrorCode.NONE);
        }
    }

    /** All held appends become durable. */
    void release() {
        while (!held.isEmpty()) {
            releaseOne();
        }
    }

    void releaseOne() {
        Step step = held.removeFirst();
        long baseOffset = log.size();
        log.addAll(step.records());
        run(coordinator.onDurable(step.appendId(), baseOffset, nowMs));
    }

    /** The oldest held append fails. */
    void failOne(ErrorCode error) {
        Step step = held.removeFirst();
        run(coordinator.onAppendFailed(step.appendId(), error, nowMs));
    }

    /** Answers all markers that wait. */
    void answerMarkers(ErrorCode error) {
        while (!markers.isEmpty()) {
            answerMarker(markers.removeFirst(), error);
        }
    }

    void answerMarker(MarkerWrite marker, ErrorCode error) {
        run(coordinator.onMarkerWritten(marker, error, nowMs));
    }

    void advance(long ms) {
        long endMs = nowMs + ms;
        while (coordinator.nextDeadlineMs() <= endMs) {
            nowMs = Math.max(nowMs, coordinator.nextDeadlineMs());
            run(coordinator.onTimeout(nowMs));
        }
        nowMs = endMs;
    }

    /** Somebody sets the wall clock. */
    void setWallClockAhead(long byMs) {
        wallAheadMs += byMs;
        coordinator.showWallClock(nowMs, nowMs + wallAheadMs);
    }

    /** The broker dies with what was not durable, and starts again with what the wall clock shows. */
    void restart() {
        nowMs += wallAheadMs;
        wallAheadMs = 0;
        held.clear();
        markers.clear();
        coordinatorEpoch++;
        coordinator = replayed();
        run(coordinator.onLoaded(nowMs));
    }

    /** A coordinator that has read the log and done nothing else. */
    TransactionCoordinator replayed() {
        TransactionCoordinator reader = fresh();
        for (int offset = 0; offset < log.size(); offset++) {
            StateRecord record = log.get(offset);
            byte[] value = record.value();
            reader.replay(
                    offset,
                    -1,
                    (short) -1,
                    ByteBuffer.wrap(record.key()),
                    value == null ? null : ByteBuffer.wrap(value));
        }
        return reader;
    }

    // Clients

    Answer<ProducerIdentity> initLater(InitProducer request) {
        Answer<ProducerIdentity> answer = new Answer<>();
        boolean mayAsk = coordinator.needsProducerId(request);
        int asked = producerIdsAsked;
        run(coordinator.initProducer(answer, request, nowMs));
        assertThat(producerIdsAsked).isLessThanOrEqualTo(mayAsk ? asked + 1 : asked);
        return answer;
    }

    ProducerIdentity init(String id) {
        return initLater(new InitProducer(id, TIMEOUT_MS, false, false, -1, (short) -1))
                .response();
    }

    ProducerIdentity init(String id, ProducerIdentity from) {
        return initLater(new InitProducer(id, TIMEOUT_MS, false, false, from.producerId(), from.producerEpoch()))
                .response();
    }

    Answer<ErrorCode> addLater(ProducerIdentity producer, boolean patient, TopicPartition... partitions) {
        Answer<ErrorCode> answer = new Answer<>();
        short version = (short) (patient ? 2 : 0);
        run(coordinator.addPartitions(
                answer,
                new AddPartitions(
                        ID, producer.producerId(), producer.producerEpoch(), List.of(partitions), version, patient),
                nowMs));
        return answer;
    }

    /** As a client of version 0 does. */
    ErrorCode add(ProducerIdentity producer, TopicPartition... partitions) {
        return addLater(producer, false, partitions).response();
    }

    /** As a broker does for a client of version 2. */
    ErrorCode write(ProducerIdentity producer, TopicPartition... partitions) {
        return addLater(producer, true, partitions).response();
    }

    Map<TopicPartition, ErrorCode> verify(ProducerIdentity producer, TopicPartition... partitions) {
        return coordinator.verifyPartitions(new AddPartitions(
                ID, producer.producerId(), producer.producerEpoch(), List.of(partitions), (short) 0, false));
    }

    Answer<ProducerIdentity> endLater(ProducerIdentity producer, boolean commit, int version) {
        Answer<ProducerIdentity> answer = new Answer<>();
        EndTransaction request =
                new EndTransaction(ID, producer.producerId(), producer.producerEpoch(), commit, (short) version);
        boolean mayAsk = coordinator.needsProducerId(request);
        int asked = producerIdsAsked;
        run(coordinator.endTransaction(answer, request, nowMs));
        assertThat(producerIdsAsked).isLessThanOrEqualTo(mayAsk ? asked + 1 : asked);
        return answer;
    }

    ProducerIdentity end(ProducerIdentity producer, boolean commit, int version) {
        return endLater(producer, commit, version).response();
    }

    /** The state as DescribeTransactions names it. */
    String state() {
        return coordinator.describe(ID).transactionState();
    }

    /** The last record of the log. */
    TransactionMetadata lastWritten() {
        StateRecord record = log.get(log.size() - 1);
        byte[] value = record.value();
        TransactionRecords.Decoded decoded = TransactionRecords.decode(
                ByteBuffer.wrap(record.key()), value == null ? null : ByteBuffer.wrap(value), new RecordTime());
        TransactionMetadata metadata = decoded == null ? null : decoded.metadata();
        if (metadata == null) {
            throw new AssertionError("The last record says nothing about a transaction");
        }
        return metadata;
    }

    static ProducerIdentity identity(long producerId, int epoch) {
        return new ProducerIdentity(ErrorCode.NONE, producerId, (short) epoch);
    }

    static ProducerIdentity refused(ErrorCode error) {
        return ProducerIdentity.none(error);
    }

    /** Puts a transactional id into the log as it may have got there, and reads it. */
    void given(TransactionMetadata metadata) {
        log.add(TransactionRecords.encode(ID, metadata, new RecordTime()));
        restart();
    }
}
