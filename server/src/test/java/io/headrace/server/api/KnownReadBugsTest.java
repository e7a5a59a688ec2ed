package io.headrace.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.AbortedTransaction;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Bugs that other brokers had with what they tell readers of committed records, and others. */
class KnownReadBugsTest {
    private static final byte UNCOMMITTED = 0;
    private static final byte COMMITTED = 1;
    private static final long LATEST = -1;
    private static final long NOBODY = -1;

    private final BrokerLogs logs = new BrokerLogs();

    KnownReadBugsTest() throws IOException {
        logs.createTopic("orders", 1);
    }

    /** One record; in a transaction if it has a producer, who sends its first one. */
    private void append(long producerId, long timestampMs) {
        RecordBatchBuilder batch = new RecordBatchBuilder().append(timestampMs, null, new byte[10]);
        if (producerId != NOBODY) {
            batch.producer(producerId, (short) 0, 0).transactional(true);
        }
        logs.append("orders", 0, batch);
    }

    private void abort(long producerId) {
        List<ErrorCode> outcome = FakeTransaction.mark(logs, logs.replica("orders", 0), producerId, 0, false, 1);
        logs.run();
        assertThat(outcome).containsExactly(ErrorCode.NONE);
    }

    private ListOffsetsPartitionResponse offset(long timestampMs, byte isolation) {
        ListOffsetsHandler handler = new ListOffsetsHandler(logs.partitions(), Authorizer.ALLOW_ALL, Runnable::run);
        ListOffsetsRequest request = new ListOffsetsRequest()
                .setIsolationLevel(isolation)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName("orders")
                        .setPartitions(List.of(
                                new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestampMs)))));
        CompletableFuture<ListOffsetsResponse> answer =
                AnsweredRequest.send(handler, 7, request, ListOffsetsResponse.class);
        logs.run();
        assertThat(answer).isDone();
        ListOffsetsPartitionResponse found =
                answer.join().topics().get(0).partitions().get(0);
        assertThat(found.errorCode()).isZero();
        return found;
    }

    /** The end of what readers of committed records can have was said to be the end of the log. */
    @Test
    void redpanda3161TheLatestCommittedOffsetIsTheLastStableOne() {
        append(NOBODY, 100);
        append(7, 200);
        append(NOBODY, 300);
        assertThat(offset(LATEST, UNCOMMITTED).offset()).isEqualTo(3);
        assertThat(offset(LATEST, COMMITTED).offset()).isEqualTo(1);
        assertThat(offset(250, UNCOMMITTED).offset()).isEqualTo(2);
        assertThat(offset(250, COMMITTED).offset()).isEqualTo(-1);
        abort(7);
        assertThat(offset(LATEST, COMMITTED).offset())
                .as("markers have offsets, too")
                .isEqualTo(4);
        assertThat(offset(250, COMMITTED).offset()).isEqualTo(2);
    }

    /** A time after the last record was answered with the end of the log. */
    @Test
    void redpanda4322ATimeBeyondTheEndHasNeitherAnOffsetNorATime() {
        append(NOBODY, 100);
        append(7, 200);
        for (byte isolation : new byte[] {UNCOMMITTED, COMMITTED}) {
            ListOffsetsPartitionResponse found = offset(201, isolation);
            assertThat(found.offset()).isEqualTo(-1);
            assertThat(found.timestamp()).isEqualTo(-1);
            assertThat(found.leaderEpoch()).isEqualTo(-1);
        }
        assertThat(offset(200, UNCOMMITTED).offset()).isEqualTo(1);
    }

    /** A query by time named the record before the one that was asked for. */
    @Test
    void kop334ATimeBetweenTwoRecordsFindsTheLaterOne() {
        append(NOBODY, 100);
        append(NOBODY, 200);
        long[] times = {99, 100, 101, 200, 201};
        long[] offsets = {0, 0, 1, 1, -1};
        for (int i = 0; i < times.length; i++) {
            assertThat(offset(times[i], UNCOMMITTED).offset())
                    .as("at %d", times[i])
                    .isEqualTo(offsets[i]);
        }
    }

    /** Readers that waited for the record before the log end waited for ever, as that was a marker. */
    @Test
    void risingwave24717AReaderGetsToTheEndThoughItsLastOffsetIsAMarkers() {
        append(7, 100);
        abort(7);
        assertThat(offset(LATEST, COMMITTED).offset()).isEqualTo(2);
        PartitionData last = fetch(COMMITTED, 1);
        assertThat(last.highWatermark()).isEqualTo(2);
        RecordBatches batches = RecordBatches.of(((BufferPayload) requireNonNull(last.records())).buffer());
        assertThat(batches.next()).isTrue();
        assertThat(batches.batch().isControl()).isTrue();
        assertThat(batches.batch().nextOffset()).isEqualTo(2);
        assertThat(batches.next()).isFalse();
        assertThat(requireNonNull(fetch(COMMITTED, 2).records()).sizeBytes()).isZero();
    }

    /** Aborted transactions were told in any order, and to those who had not asked: what was rolled back looked committed. */
    @Test
    void abortedTransactionsAreToldInOrderAndOnlyToReadersOfCommittedRecords() {
        append(7, 100);
        append(8, 100);
        append(9, 100);
        abort(9);
        abort(7);
        abort(8);
        PartitionData committed = fetch(COMMITTED);
        assertThat(committed.lastStableOffset()).isEqualTo(6);
        assertThat(committed.abortedTransactions())
                .extracting(AbortedTransaction::producerId, AbortedTransaction::firstOffset)
                .containsExactly(tuple(7L, 0L), tuple(8L, 1L), tuple(9L, 2L));
        assertThat(fetch(UNCOMMITTED).abortedTransactions()).isNullOrEmpty();
    }

    private PartitionData fetch(byte isolation) {
        return fetch(isolation, 0);
    }

    private PartitionData fetch(byte isolation, long offset) {
        Fetches fetches = FetchRequests.fetches(logs, Authorizer.ALLOW_ALL, () -> 0, Runnable::run);
        FetchRequest request = FetchRequests.request(FetchRequests.topic("orders", FetchRequests.at(offset)))
                .setIsolationLevel(isolation);
        PartitionData found =
                FetchRequests.first(AnsweredRequest.ask(fetches::start, 12, request, FetchResponse.class));
        assertThat(found.errorCode()).isZero();
        return found;
    }
}
