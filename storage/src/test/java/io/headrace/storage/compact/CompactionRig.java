package io.headrace.storage.compact;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.PendingSync;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A log that is written and compacted step by step. Keys and values are given as {@code key=value}, tombstones without value. */
final class CompactionRig {
    static final Path DIR = Path.of("/orders-0");
    static final long DELETE_RETENTION_MS = 1_000;
    static final long NO_PRODUCER = RecordBatch.NO_PRODUCER_ID;
    private static final UUID TOPIC_ID = new UUID(5, 6);

    final TopicConfig config;
    SimulatedDisk disk;
    PartitionLog log;
    long nowMs = 10_000;
    long keyMapBytesMax = 1 << 20;
    long recoveryPoint;
    private long cleanedTo = CleanedLog.NEVER;
    private final int[] sequences = new int[10];

    CompactionRig(SimulatedDisk disk, Map<String, String> overrides) throws IOException {
        this.disk = disk;
        Map<String, String> all = new HashMap<>(Map.of(
                "cleanup.policy", "compact",
                "delete.retention.ms", String.valueOf(DELETE_RETENTION_MS),
                "min.cleanable.dirty.ratio", "0",
                "index.interval.bytes", "100"));
        all.putAll(overrides);
        this.config = TopicConfig.of(all);
        this.log = open(true);
    }

    CompactionRig() throws IOException {
        this(new SimulatedDisk(), Map.of());
    }

    PartitionLog open(boolean clean) throws IOException {
        log = PartitionLog.open(
                new OpenFiles(disk, 10), DIR, TOPIC_ID, config, ProducerLimits.DEFAULT, recoveryPoint, 0, clean, nowMs);
        log.advance(log.logEndOffset(), log.logEndOffset());
        return log;
    }

    /** Appends a batch; in a transaction if the producer's id is 5 or more. */
    RecordBatch append(long producerId, String... records) throws IOException {
        boolean transactional = producerId >= 5;
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .baseOffset(log.logEndOffset())
                .partitionLeaderEpoch(0)
                .transactional(transactional);
        if (producerId >= 0) {
            builder.producer(producerId, (short) 0, sequences[(int) producerId]);
            sequences[(int) producerId] += records.length;
        }
        for (String record : records) {
            int equals = record.indexOf('=');
            String key = equals < 0 ? record : record.substring(0, equals);
            builder.append(nowMs, bytes(key), equals < 0 ? null : bytes(record.substring(equals + 1)));
        }
        RecordBatch batch = RecordBatch.of(builder.build());
        if (producerId >= 0) {
            log.producers().update(batch, nowMs);
        }
        append(batch, List.of());
        return batch;
    }

    void end(long producerId, boolean commit) throws IOException {
        RecordBatch marker = RecordBatch.of(new EndTransactionMarker(commit, 0).toBatch(nowMs, producerId, (short) 0));
        marker.setBaseOffset(log.logEndOffset());
        marker.setPartitionLeaderEpoch(0);
        CompletedTransaction completed = log.producers()
                .updateMarker(producerId, (short) 0, 0, !commit, log.logEndOffset(), nowMs)
                .completed();
        append(marker, completed == null ? List.of() : List.of(completed));
    }

    private void append(RecordBatch batch, List<CompletedTransaction> completed) throws IOException {
        log.append(new ByteBuffer[] {batch.bytes()}, 0, 1, completed, nowMs);
        log.advance(log.logEndOffset(), log.logEndOffset());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Begins a new segment, and makes everything before it safe. */
    void roll() throws IOException {
        log.roll(nowMs);
        PendingSync pending = log.flush();
        pending.run();
        log.onSynced(pending);
        recoveryPoint = log.recoveryPoint();
    }

    /** Compacts what can be. */
    LogCompaction.Result compact() throws IOException {
        CleanableRange range = range();
        LogTarget target = new LogTarget(disk, log, recoveryPoint);
        LogCompaction.Result result =
                target.compaction(range, keyMapBytesMax, nowMs, () -> false).run();
        cleanedTo = result.cleanTo();
        return result;
    }

    CleanableRange range() throws IOException {
        return CleanableRange.of(log.view(), config, cleanedTo, recoveryPoint, nowMs);
    }

    /** Something to compact, so that compaction runs; then compacts. */
    void compactAgain() throws IOException {
        append(NO_PRODUCER, "filler=" + nowMs);
        roll();
        compact();
    }

    List<RecordBatch> batches() throws IOException {
        return LogContents.batches(log.view(), 0, log.logEndOffset());
    }

    /** What a reader of committed data finds, other than fillers, as {@code offset:key=value}. */
    List<String> committed() throws IOException {
        List<String> found = new ArrayList<>();
        for (Record record : LogContents.committed(log.view(), 0)) {
            String key = LogContents.text(record.key());
            if (!"filler".equals(key)) {
                String value = LogContents.text(record.value());
                found.add(record.offset() + ":" + key + (value == null ? "" : "=" + value));
            }
        }
        return found;
    }

    /** The offsets of the markers that are left with their record. */
    List<Long> markers() throws IOException {
        return batches().stream()
                .filter(batch -> batch.isControl() && batch.recordCount() > 0)
                .map(RecordBatch::baseOffset)
                .toList();
    }
}
