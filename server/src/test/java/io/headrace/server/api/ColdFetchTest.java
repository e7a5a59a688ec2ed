package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.fetch.FetchSessions;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Authorizer;
import io.headrace.storage.AppendTask;
import io.headrace.storage.LogStore;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which fetches are served on the network loop, and which wait for the disk elsewhere. */
class ColdFetchTest {
    private static final Path DIR = Path.of("/data");
    private static final int LARGE = 20_000;

    private final SimulatedDisk disk = new SimulatedDisk();
    private final MemoryMetadataLog metadata = MemoryMetadataLog.oneBroker();
    private final Queue<Runnable> reads = new ArrayDeque<>();
    private LogStore store;
    private int readsElsewhere;

    @BeforeEach
    void make() throws IOException {
        metadata.propose(
                List.of(new CreateTopic("orders", new UUID(7, 7), 1, 1, List.of(), Map.of())),
                new MetadataLog.Proposal() {
                    @Override
                    public void committed(List<CommandResult> results, MetadataImage image) {
                        assertThat(results.get(0).isOk()).isTrue();
                    }

                    @Override
                    public void failed(ErrorCode error, String message) {
                        throw new AssertionError(message);
                    }
                });
        disk.createDirectory(DIR);
        open(disk);
    }

    private void open(SimulatedDisk from) throws IOException {
        store = LogStore.open(from, DIR, StoreOptions.defaults(), id -> null, Runnable::run, 1, 1_000);
    }

    private PartitionReplica replica() {
        Partitions.Found found =
                partitions().leader(Objects.requireNonNull(metadata.image().topic("orders")), 0);
        PartitionReplica replica = found.replicaOrThrow();
        store.open(replica, () -> {});
        while (store.writer().runOnce(1_000) > 0) {
            // until it is open
        }
        return replica;
    }

    private Partitions partitions() {
        return new Partitions(1, metadata::image, store, topic -> TopicConfig.DEFAULT);
    }

    private void append(int valueBytes) {
        AppendTask task =
                new AppendTask(
                        replica(),
                        new RecordBatchBuilder()
                                .append(1_000, null, new byte[valueBytes])
                                .build(),
                        0,
                        true) {
                    @Override
                    protected void onOutcome() {
                        assertThat(error()).isEqualTo(ErrorCode.NONE);
                    }

                    @Override
                    protected void onReleased() {
                        // the batch is garbage
                    }
                };
        store.writer().enqueue(task);
        assertThat(store.writer().runOnce(1_000)).isPositive();
    }

    private PartitionData fetch(long offset) {
        Fetches fetches = new Fetches(
                partitions(), new FetchSessions(10, new Random(1)), Authorizer.ALLOW_ALL, 1 << 20, () -> 0, reads::add);
        FetchRequest request = new FetchRequest().setMaxBytes(1 << 20).setMaxWaitMs(0);
        FetchRequest.FetchPartition wanted = new FetchRequest.FetchPartition()
                .setPartition(0)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(1 << 20)
                .setCurrentLeaderEpoch(-1);
        request.topics().add(new FetchRequest.FetchTopic().setTopic("orders").setPartitions(List.of(wanted)));
        RequestHandler<FetchRequest> handler = (context, read) -> {
            fetches.start(context, read);
            readsElsewhere = reads.size();
            while (!reads.isEmpty()) {
                reads.remove().run();
            }
        };
        FetchResponse answer = AnsweredRequest.ask(handler, 12, request, FetchResponse.class);
        return answer.responses().get(0).partitions().get(0);
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
        store.close(1_000);
        open(disk.kill());
        append(100);
        assertThat(size(fetch(0))).isGreaterThan(all);
        assertThat(readsElsewhere).isEqualTo(1);
        assertThat(size(fetch(2))).isGreaterThan(100);
        assertThat(readsElsewhere).isZero();
        assertThat(size(fetch(3))).isZero();
        assertThat(readsElsewhere).isZero();
    }

    @Test
    void theEndOfALogIsKnownWithoutTheDisk() throws IOException {
        append(100);
        store.close(1_000);
        open(disk.kill());
        assertThat(replica().view()).isNotNull();
        PartitionData data = fetch(1);
        assertThat(data.errorCode()).isEqualTo(ErrorCode.NONE.code());
        assertThat(data.highWatermark()).isEqualTo(1);
        assertThat(readsElsewhere).isZero();
    }
}
