package io.headrace.storage.log;

import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerCheck;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A log as a list of batches in memory, slow and obviously right; also makes up the batches to append. */
final class ModelLog {
    static final int PRODUCERS = 4;
    /** Producers from here on write in transactions. */
    static final int FIRST_TRANSACTIONAL = 3;

    /** One batch, and the timestamps of its records. */
    static final class Batch {
        private final byte[] bytes;
        private final long baseOffset;
        private final List<Long> timestamps;

        Batch(byte[] bytes, long baseOffset, List<Long> timestamps) {
            this.bytes = bytes;
            this.baseOffset = baseOffset;
            this.timestamps = timestamps;
        }

        byte[] bytes() {
            return bytes;
        }

        long baseOffset() {
            return baseOffset;
        }

        List<Long> timestamps() {
            return timestamps;
        }

        RecordBatch view() {
            return RecordBatch.at(ByteBuffer.wrap(bytes), 0);
        }

        long nextOffset() {
            return baseOffset + timestamps.size();
        }
    }

    final List<Batch> batches = new ArrayList<>();
    long startOffset;
    long endOffset;
    int epoch = 1;

    private final Random random;
    private long clockMs = 1_000_000;

    ModelLog(Random random) {
        this.random = random;
    }

    ModelLog copy() {
        ModelLog copy = new ModelLog(random);
        copy.batches.addAll(batches);
        copy.startOffset = startOffset;
        copy.endOffset = endOffset;
        copy.epoch = epoch;
        return copy;
    }

    long clockMs() {
        return clockMs;
    }

    /** The next batch of some producer, which has been checked and noted in {@code states}; not yet in the model. */
    Batch nextBatch(ProducerStates states, long baseOffset, List<CompletedTransaction> completed) {
        clockMs += random.nextInt(200);
        int producer = random.nextInt(PRODUCERS + 1);
        if (producer == PRODUCERS) {
            return data(baseOffset, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, false);
        }
        boolean transactional = producer >= FIRST_TRANSACTIONAL;
        if (transactional && states.inTransaction(producer) && random.nextBoolean()) {
            return marker(states, producer, baseOffset, completed);
        }
        int sequence = nextSequence(producer);
        Batch batch = data(baseOffset, producer, (short) 0, sequence, transactional);
        RecordBatch view = batch.view();
        ProducerCheck check =
                states.check(producer, (short) 0, sequence, view.lastSequence(), transactional, baseOffset == 0);
        // A producer of whom only a marker is left after a trim and a crash counts as one that must start over.
        if (!check.equals(ProducerCheck.ACCEPTED) && startOffset == 0) {
            throw new AssertionError("sequence " + sequence + " of producer " + producer + " got " + check);
        }
        states.update(
                producer,
                (short) 0,
                sequence,
                view.lastSequence(),
                baseOffset,
                view.lastOffset(),
                view.maxTimestamp(),
                transactional,
                view.maxTimestamp());
        pending.add(batch);
        return batch;
    }

    /** Batches of the group that is being made up. */
    private final List<Batch> pending = new ArrayList<>();

    void append(List<Batch> group) {
        pending.clear();
        batches.addAll(group);
        endOffset = batches.get(batches.size() - 1).nextOffset();
    }

    void forgetPending() {
        pending.clear();
    }

    private int nextSequence(long producer) {
        for (List<Batch> list : List.of(pending, batches)) {
            for (int i = list.size() - 1; i >= 0; i--) {
                RecordBatch view = list.get(i).view();
                if (view.producerId() == producer && !view.isControl()) {
                    return view.lastSequence() + 1;
                }
            }
        }
        return 0;
    }

    private Batch data(long baseOffset, long producer, short producerEpoch, int sequence, boolean transactional) {
        Compression[] codecs = Compression.values();
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .compression(codecs[random.nextInt(codecs.length)])
                .baseOffset(baseOffset)
                .partitionLeaderEpoch(epoch)
                .producer(producer, producerEpoch, sequence)
                .transactional(transactional);
        int count = 1 + random.nextInt(5);
        List<Long> timestamps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Not in order, and sometimes far off.
            long timestamp = clockMs - random.nextInt(1000) + (random.nextInt(20) == 0 ? 5000 : 0);
            byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 900 : 60)];
            random.nextBytes(value);
            builder.append(timestamp, ("key" + i).getBytes(StandardCharsets.UTF_8), value);
            timestamps.add(timestamp);
        }
        return new Batch(bytes(builder.build()), baseOffset, timestamps);
    }

    private Batch marker(ProducerStates states, long producer, long baseOffset, List<CompletedTransaction> completed) {
        boolean commit = random.nextBoolean();
        ByteBuffer buffer = new EndTransactionMarker(commit, 1).toBatch(clockMs, producer, (short) 0);
        RecordBatch view = RecordBatch.of(buffer);
        view.setBaseOffset(baseOffset);
        view.setPartitionLeaderEpoch(epoch);
        CompletedTransaction transaction = states.updateMarker(producer, (short) 0, 1, !commit, baseOffset, clockMs)
                .completed();
        if (transaction != null) {
            completed.add(transaction);
        }
        return new Batch(bytes(buffer), baseOffset, List.of(clockMs));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    void truncateTo(long offset) {
        while (!batches.isEmpty() && batches.get(batches.size() - 1).nextOffset() > offset) {
            endOffset = batches.remove(batches.size() - 1).baseOffset();
        }
    }

    /** The offset and timestamp that a search by time must find; empty for nothing. */
    List<Long> firstAtOrAfter(long timestampMs) {
        for (Batch batch : batches) {
            for (int i = 0; i < batch.timestamps().size(); i++) {
                if (batch.baseOffset() + i >= startOffset && batch.timestamps().get(i) >= timestampMs) {
                    return List.of(batch.baseOffset() + i, batch.timestamps().get(i));
                }
            }
        }
        return List.of();
    }

    /** The offset and timestamp of the first of the latest records; empty for nothing. */
    List<Long> latest() {
        List<Long> best = List.of();
        for (Batch batch : batches) {
            for (int i = 0; i < batch.timestamps().size(); i++) {
                long timestamp = batch.timestamps().get(i);
                if (batch.baseOffset() + i >= startOffset && (best.isEmpty() || timestamp > best.get(1))) {
                    best = List.of(batch.baseOffset() + i, timestamp);
                }
            }
        }
        return best;
    }

    LeaderEpochs leaderEpochs() {
        LeaderEpochs epochs = LeaderEpochs.NONE;
        for (Batch batch : batches) {
            epochs = epochs.assign(batch.view().partitionLeaderEpoch(), batch.baseOffset());
        }
        return epochs.truncateFromStart(startOffset);
    }

    /** The producers' states as replay from the very beginning gives them. */
    ProducerStates producers() {
        ProducerStates states = new ProducerStates(1000, Long.MAX_VALUE);
        for (Batch batch : batches) {
            ProducerReplay.apply(states, batch.view(), 0);
        }
        return states;
    }
}
