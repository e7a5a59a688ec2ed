package io.headrace.server.api;

import static io.headrace.server.api.FetchRequests.first;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Which fetches are served on the network loop, and which wait for the disk elsewhere. */
class ColdFetchTest {
    private static final int LARGE = 20_000;

    private final BrokerLogs logs = new BrokerLogs();
    private final Queue<Runnable> reads = new ArrayDeque<>();
    private int readsElsewhere;
    private long nowMs;

    ColdFetchTest() throws IOException {
        logs.createTopic("orders", 1);
    }

    private void append(int valueBytes) {
        logs.append("orders", 0, new RecordBatchBuilder().append(1_000, null, new byte[valueBytes]));
    }

    private Fetches fetches(Executor io) {
        return FetchRequests.fetches(logs, Authorizer.ALLOW_ALL, () -> nowMs, io);
    }

    private static FetchRequest request(long offset) {
        return FetchRequests.request(FetchRequests.topic("orders", FetchRequests.at(offset)));
    }

    private PartitionData fetch(long offset) {
        return fetch(request(offset));
    }

    private PartitionData fetch(FetchRequest request) {
        Fetches fetches = fetches(reads::add);
        RequestHandler<FetchRequest> handler = (context, read) -> {
            fetches.start(context, read);
            readsElsewhere = reads.size();
            while (!reads.isEmpty()) {
                reads.remove().run();
            }
        };
        return first(AnsweredRequest.ask(handler, 12, request, FetchResponse.class));
    }

    private static int size(PartitionData data) {
        return data.records() == null ? 0 : data.records().sizeBytes();
    }

    @Test
    void whatWasJustAppendedIsReadAtOnce() {
        append(100);
        assertThat(size(fetch(0))).isGreaterThan(100);
        assertThat(readsElsewhere).isZero();
    }

    @Test
    void whatWasThereBeforeIsReadElsewhereAndSentAllTheSame() throws IOException {
        append(100);
        append(LARGE);
        int all = size(fetch(0));
        assertThat(all).isGreaterThan(LARGE);
        logs.restart();
        append(100);
        assertThat(size(fetch(0))).isGreaterThan(all);
        assertThat(readsElsewhere).isEqualTo(1);
        assertThat(size(fetch(2))).isGreaterThan(100);
        assertThat(readsElsewhere).isZero();
        assertThat(size(fetch(3))).isZero();
        assertThat(readsElsewhere).isZero();
    }

    @Test
    void whoWantsMoreThanWhatWasReadLatelyHasItReadFromTheDisk() throws IOException {
        append(1_000);
        append(1_000);
        logs.restart();
        append(100);
        FetchRequest one = request(0);
        one.topics().get(0).partitions().get(0).setPartitionMaxBytes(1_000);
        assertThat(size(fetch(one))).isBetween(1_000, 2_000);
        PartitionData both = fetch(request(0).setMinBytes(2_000).setMaxWaitMs(60_000));
        assertThat(readsElsewhere).isEqualTo(1);
        assertThat(size(both)).isGreaterThan(2_000);
    }

    @Test
    void theEndOfALogIsKnownWithoutTheDisk() throws IOException {
        append(100);
        logs.restart();
        assertThat(logs.replica("orders", 0).view()).isNotNull();
        PartitionData data = fetch(1);
        assertThat(data.errorCode()).isEqualTo(ErrorCode.NONE.code());
        assertThat(data.highWatermark()).isEqualTo(1);
        assertThat(readsElsewhere).isZero();
    }

    /** A request for something cold while too much waits for the disk, and what it has done later. */
    private CompletableFuture<FetchResponse> fetchWithoutRoom(BooleanSupplier full, Queue<Runnable> later)
            throws IOException {
        append(100);
        logs.restart();
        append(100);
        Fetches fetches = fetches(task -> {
            if (full.getAsBoolean()) {
                throw new RejectedExecutionException("full");
            }
            reads.add(task);
        });
        CompletableFuture<FetchResponse> answer =
                AnsweredRequest.send(fetches::start, 12, request(0), FetchResponse.class, later::add);
        assertThat(answer).as("answered with what was read on this thread").isNotDone();
        return answer;
    }

    @Test
    void whereTooMuchWaitsForTheDiskTheRequestWaitsForRoom() throws IOException {
        AtomicBoolean full = new AtomicBoolean(true);
        Queue<Runnable> later = new ArrayDeque<>();
        CompletableFuture<FetchResponse> answer = fetchWithoutRoom(full::get, later);
        for (int i = 0; i < 3; i++) {
            later.remove().run();
            assertThat(answer).isNotDone();
        }
        full.set(false);
        later.remove().run();
        assertThat(reads).hasSize(1);
        reads.remove().run();
        assertThat(answer).isDone();
        assertThat(size(first(answer.join()))).isGreaterThan(100);
        assertThat(later).isEmpty();
    }

    @Test
    void whereNoRoomIsGivenTheAnswerIsEmpty() throws IOException {
        Queue<Runnable> later = new ArrayDeque<>();
        CompletableFuture<FetchResponse> answer = fetchWithoutRoom(() -> true, later);
        nowMs = 1_000;
        later.remove().run();
        assertThat(answer).isDone();
        PartitionData data = first(answer.join());
        assertThat(data.errorCode()).isEqualTo(ErrorCode.NONE.code());
        assertThat(data.highWatermark()).isEqualTo(2);
        assertThat(size(data)).isZero();
        assertThat(later).isEmpty();
    }
}
