package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.PartitionReplica.Status;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The disk does not give back what it has of one partition, at each read of a life in turn: whoever asked is told, nothing else
 * is served for it, the other partition does not notice, and all is there when the disk is well again.
 */
class ReadErrorsTest extends SimulatedStore {
    private static final TopicIdPartition PAYMENTS = new TopicIdPartition(new UUID(1, 2), "payments", 0);
    private static final Path DAMAGED = DIR.resolve("orders-0");
    /** Nothing is old enough to be deleted, but somebody has to look. */
    private static final TopicConfig CONFIG = TopicConfig.of(
            Map.of("internal.segment.bytes", "2000", "index.interval.bytes", "256", "retention.ms", "1000000000000"));

    private static final int RECORDS = 14;
    private static final long NEW_START = 3;

    private final Map<TopicIdPartition, Contents> contents = Map.of(ORDERS, new Contents(), PAYMENTS, new Contents());
    private int numbers;
    private int refused;

    /** What was sent to a partition, each record a number. */
    private static final class Contents {
        final TreeMap<Long, Integer> acknowledged = new TreeMap<>();
        final Set<Integer> doubtful = new HashSet<>();
        long start;
    }

    @Override
    TopicCatalog catalog() {
        return id -> new TopicCatalog.Topic(id.equals(PAYMENTS.topicId()) ? "payments" : "orders", CONFIG);
    }

    @Override
    void open() throws IOException {
        super.open();
        contents.keySet().forEach(id -> store.replica(id, CONFIG));
    }

    private Contents contents(TopicIdPartition id) {
        return requireNonNull(contents.get(id));
    }

    private ErrorCode append(TopicIdPartition id) {
        int number = numbers++;
        byte[] value = ByteBuffer.allocate(300).putInt(number).array();
        Append task = new Append(opened(id), Append.batch(-1, -1, 1, value), true);
        store.writer().enqueue(task);
        run();
        if (task.error() == ErrorCode.NONE) {
            contents(id).acknowledged.put(task.baseOffset(), number);
        } else {
            assertThat(task.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
            contents(id).doubtful.add(number);
        }
        return task.error();
    }

    /** Reads everything, and requires that it is what was sent; what cannot be read fails. */
    private long readAll(TopicIdPartition id) throws IOException {
        LogView view = opened(id).view();
        if (view == null) {
            throw new IOException("offline");
        }
        long next = view.logStartOffset();
        while (next < view.highWatermark()) {
            FetchSlice slice = view.readVerified(next, 2_000, true, view.highWatermark());
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
            requireNonNull(slice.records()).readInto(bytes);
            requireNonNull(slice.records()).release();
            next = requireSent(contents(id), bytes.flip(), next);
        }
        return next;
    }

    private static long requireSent(Contents sent, ByteBuffer bytes, long from) {
        long next = from;
        RecordBatches walk = RecordBatches.of(bytes);
        while (walk.next()) {
            RecordBatch batch = RecordBatch.at(bytes, walk.batch().position());
            assertThat(batch.hasValidCrc()).isTrue();
            for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
                assertThat(record.offset()).isEqualTo(next);
                int number = requireNonNull(record.value())
                        .getInt(requireNonNull(record.value()).position());
                @Nullable Integer acknowledged = sent.acknowledged.get(next);
                if (acknowledged == null) {
                    assertThat(sent.doubtful).contains(number);
                } else {
                    assertThat(number).isEqualTo(acknowledged);
                }
                next++;
            }
        }
        return next;
    }

    private void requireWhole(TopicIdPartition id) throws IOException {
        assertThat(append(id)).isEqualTo(ErrorCode.NONE);
        assertThat(readAll(id)).isEqualTo(contents(id).acknowledged.lastKey() + 1);
        assertThat(requireNonNull(opened(id).view()).logStartOffset()).isEqualTo(contents(id).start);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void whoeverAskedIsToldAndNobodyElseNotices(boolean stopped, boolean lasting) throws IOException {
        int failures = 0;
        while (hits(failures + 1, stopped, lasting)) {
            failures++;
        }
        assertThat(failures).isGreaterThan(15);
        assertThat(refused).isPositive();
    }

    /** Returns whether there were so many reads. */
    private boolean hits(int read, boolean stopped, boolean lasting) throws IOException {
        prepare(stopped, new Random(read));
        int[] reads = {0};
        disk.failWhen((operation, path, step) -> operation == Operation.READ
                && path.startsWith(DAMAGED)
                && (++reads[0] == read || (lasting && reads[0] > read)));
        boolean started = false;
        try {
            open();
            started = true;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("orders-0");
            refused++;
        }
        if (started) {
            live(read);
        }
        boolean hit = reads[0] >= read;
        disk.failNever();
        disk = read % 2 == 0 ? disk.kill() : disk.crash(new Random(read));
        open();
        requireWhole(ORDERS);
        requireWhole(PAYMENTS);
        return hit;
    }

    private void prepare(boolean stopped, Random random) throws IOException {
        disk = new SimulatedDisk();
        contents.values().forEach(sent -> {
            sent.acknowledged.clear();
            sent.doubtful.clear();
            sent.start = 0;
        });
        openInEmptyDirectory();
        for (int i = 0; i < RECORDS; i++) {
            assertThat(append(ORDERS)).isEqualTo(ErrorCode.NONE);
            assertThat(append(PAYMENTS)).isEqualTo(ErrorCode.NONE);
            if (i == RECORDS - 4) {
                checkpoint();
            }
        }
        if (stopped) {
            store.close(nowMs);
        }
        disk = stopped ? disk.kill() : disk.crash(random);
    }

    private void live(int read) throws IOException {
        requireWhole(PAYMENTS);
        tryToRead();
        append(ORDERS);
        tryToRead();
        store.trim(opened(ORDERS), NEW_START, outcome -> {
            if (outcome.error() == ErrorCode.NONE) {
                contents(ORDERS).start = NEW_START;
            }
        });
        run();
        nowMs += 1_000;
        append(ORDERS);
        checkpoint();
        store.applyRetention();
        run();
        requireWhole(PAYMENTS);
        assertThat(store.isWritable()).as("read %s", read).isTrue();
        PartitionReplica orders = opened(ORDERS);
        if (orders.status() == Status.OFFLINE) {
            assertThat(orders.problem()).contains("orders-0");
        }
    }

    private void tryToRead() {
        try {
            long unused = readAll(ORDERS);
            LogView view = requireNonNull(opened(ORDERS).view());
            var found = view.offsetForTimestamp(1_000, view.highWatermark());
            assertThat(requireNonNull(found).offset()).isEqualTo(contents(ORDERS).start);
        } catch (IOException e) {
            refused++;
        }
    }
}
