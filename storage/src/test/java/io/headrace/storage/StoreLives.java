package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.log.FileSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Runs a store through one power cut after the other on the same disk, and compares what comes back with what was
 * acknowledged. The first life is the same for every step at which it ends.
 */
final class StoreLives {
    private static final Path DIR = Path.of("/data");

    /** What one partition must hold. */
    private static final class Model {
        final TopicIdPartition id;
        boolean fsync;
        final long retentionBytes;
        /** What was sent, by base offset; past a crash only what came back. */
        final TreeMap<Long, ByteBuffer> batches = new TreeMap<>();

        long end;
        long durableEnd;
        long trimmedTo;
        long startMax;
        long producerId;
        int nextSequence;
        final List<TransactionalProducer> transactional = new ArrayList<>();
        /** Producers with a transaction that the log may or may not know of. */
        final List<TransactionalProducer> perhapsOpen = new ArrayList<>();
        /** Transactions that began earlier may be forgotten, as all that they wrote is. */
        long transactionsFrom;

        Model(TopicIdPartition id, boolean fsync, long retentionBytes, long producerId) {
            this.id = id;
            this.fsync = fsync;
            this.retentionBytes = retentionBytes;
            this.producerId = producerId;
        }

        TopicConfig config() {
            return SmallTopics.topic(fsync, retentionBytes, false);
        }
    }

    /** A producer with transactions: where it would go on. */
    private static final class TransactionalProducer {
        final long id;
        short epoch;
        int nextSequence;
        long lastDataOffset = -1;

        TransactionalProducer(long id) {
            this.id = id;
        }
    }

    private final long seed;
    private final Map<UUID, Model> topics = new LinkedHashMap<>();
    private final Queue<Runnable> later = new ArrayDeque<>();
    private Random random;
    private SimulatedDisk disk = new SimulatedDisk();
    private LogStore store;
    private long cutAt;
    private long nowMs = 1_000_000;
    private long ids;
    private long cuts;

    /** Counts, so that the test can tell that it happened. */
    long duplicatesSent;

    long deletions;

    long abortsChecked;

    @SuppressWarnings("NullAway.Init") // store is set by the first life
    StoreLives(long seed) throws IOException {
        this.seed = seed;
        this.random = new Random(seed);
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        add("orders", true, -1);
        add("clicks", false, -1);
        add("logs", true, 5_000);
    }

    /** Ids are random in life, and ones that differ in few bits are taken for damage. */
    private static UUID unlikeOthers(long seed, long number) {
        return new UUID(seed, number * 0x9E3779B97F4A7C15L);
    }

    private void add(String name, boolean fsync, long retentionBytes) {
        ids++;
        Model model = new Model(new TopicIdPartition(unlikeOthers(seed, ids), name, 0), fsync, retentionBytes, ids);
        addTransactionalProducer(model);
        addTransactionalProducer(model);
        topics.put(model.id.topicId(), model);
    }

    private void addTransactionalProducer(Model model) {
        ids++;
        model.transactional.add(new TransactionalProducer(ids));
    }

    /**
     * Lives several times.
     *
     * @param firstCut the step at which the first life ends
     * @return how often the power was cut
     */
    long run(long firstCut, int lives) throws IOException {
        for (int life = 0; life < lives; life++) {
            random = new Random(seed * 1_000_003 + life + (life == 0 ? 0 : firstCut * 31));
            cutAt = life == 0 ? firstCut : 1L + random.nextInt(random.nextInt(3) == 0 ? 150 : 40);
            disk.cutPowerAtStep(cutAt);
            live();
        }
        cutAt = Long.MAX_VALUE;
        open();
        check();
        return cuts;
    }

    /** How many steps the first life has when it is not cut short. */
    static long stepsOfFirstLife(long seed) throws IOException {
        StoreLives lives = new StoreLives(seed);
        lives.random = new Random(seed * 1_000_003);
        lives.cutAt = Long.MAX_VALUE;
        lives.open();
        lives.work();
        return lives.disk.steps();
    }

    private boolean dead() {
        return disk.steps() >= cutAt;
    }

    private void live() throws IOException {
        try {
            open();
            check();
            work();
            if (!dead() && random.nextBoolean()) {
                store.close(nowMs);
            }
        } catch (IOException e) {
            if (!dead()) {
                throw e;
            }
        }
        if (!dead() && disk.exists(DIR.resolve(CleanShutdownMark.COMPLETE))) {
            topics.values().forEach(model -> model.durableEnd = model.end);
            disk = disk.kill();
            return;
        }
        cuts++;
        disk = disk.crash(random, random.nextBoolean() ? DirectoryLoss.PREFIX : DirectoryLoss.ANY_SUBSET);
    }

    private void open() throws IOException {
        later.clear();
        store = LogStore.open(
                disk,
                DIR,
                SmallTopics.OPTIONS,
                id -> {
                    Model model = topics.get(id);
                    return model == null ? null : new TopicCatalog.Topic(model.id.topic(), model.config());
                },
                task -> {
                    if (random.nextInt(3) == 0) {
                        task.run();
                    } else {
                        later.add(task);
                    }
                },
                seed,
                nowMs);
    }

    private void work() throws IOException {
        int operations = 30 + random.nextInt(20);
        for (int i = 0; i < operations && !dead(); i++) {
            operation();
            if (!dead()) {
                assertThat(store.isWritable()).isTrue();
            }
        }
    }

    private void operation() throws IOException {
        Model model = any();
        switch (random.nextInt(16)) {
            case 0 -> trim(model);
            case 1 -> {
                for (Model each : topics.values()) {
                    each.startMax = each.retentionBytes > 0 ? each.end : each.startMax;
                }
                store.applyRetention();
            }
            case 2 -> {
                nowMs += random.nextInt(4) == 0 ? IdlePartitions.IDLE_MS : 400;
                store.tick();
            }
            case 3 -> {
                if (model.id.topic().equals("clicks")) {
                    model.fsync = !model.fsync;
                    store.updateConfig(replica(model), model.config());
                }
            }
            case 4 -> {
                if (random.nextInt(3) == 0) {
                    deleteAndMakeAgain(model);
                }
            }
            case 5, 6 -> {
                Runnable task = later.poll();
                if (task != null) {
                    task.run();
                }
            }
            case 7, 8, 9 -> store.writer().runOnce(nowMs);
            case 10, 11 -> appendInTransaction(model);
            case 12 -> endTransaction(model, anyProducer(model));
            default -> append(model);
        }
        if (random.nextInt(4) == 0) {
            store.writer().runOnce(nowMs);
        }
    }

    private Model any() {
        List<Model> all = new ArrayList<>(topics.values());
        return all.get(random.nextInt(all.size()));
    }

    private PartitionReplica replica(Model model) {
        return store.replica(model.id, model.config());
    }

    private void append(Model model) {
        int records = 1 + random.nextInt(3);
        byte[] value = new byte[20 + random.nextInt(400)];
        random.nextBytes(value);
        ByteBuffer batch = Append.batch(model.producerId, model.nextSequence, records, value);
        model.nextSequence += records;
        send(model, batch, records);
    }

    private TransactionalProducer anyProducer(Model model) {
        return model.transactional.get(random.nextInt(model.transactional.size()));
    }

    private void appendInTransaction(Model model) {
        TransactionalProducer producer = anyProducer(model);
        int records = 1 + random.nextInt(3);
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .producer(producer.id, producer.epoch, producer.nextSequence)
                .transactional(true);
        for (int i = 0; i < records; i++) {
            builder.append(2_000 + i, null, new byte[random.nextInt(100)]);
        }
        producer.nextSequence += records;
        send(model, builder.build(), records);
    }

    private void endTransaction(Model model, TransactionalProducer producer) {
        boolean bumped = random.nextBoolean();
        if (bumped) {
            producer.epoch++;
            producer.nextSequence = 0;
        }
        long base = model.end;
        boolean durable = model.fsync;
        MarkerTask task = new MarkerTask(
                replica(model),
                0,
                MarkerTask.Sender.OWN_COORDINATOR,
                producer.id,
                producer.epoch,
                new EndTransactionMarker(random.nextInt(3) == 0, 1),
                (short) (bumped ? 2 : 1),
                nowMs,
                error -> {
                    if (error == ErrorCode.NONE && durable) {
                        model.durableEnd = Math.max(model.durableEnd, base + 1);
                    } else if (error != ErrorCode.NONE && !dead() && topics.containsKey(model.id.topicId())) {
                        throw new AssertionError(model.id + " took no marker: " + error);
                    }
                });
        model.batches.put(base, task.batch.duplicate());
        model.end++;
        assertThat(store.writer().enqueue(task)).isTrue();
    }

    private void send(Model model, ByteBuffer batch, int records) {
        long base = model.end;
        model.batches.put(base, batch.duplicate());
        model.end += records;
        boolean awaitsDurability = random.nextInt(4) > 0;
        boolean durable = awaitsDurability && model.fsync;
        Append[] task = new Append[1];
        task[0] = new Append(replica(model), batch, awaitsDurability, () -> {
            if (task[0].error() == ErrorCode.NONE) {
                assertThat(task[0].baseOffset()).isEqualTo(base);
                if (durable) {
                    model.durableEnd = Math.max(model.durableEnd, base + records);
                }
            } else if (!dead() && topics.containsKey(model.id.topicId())) {
                throw new AssertionError(model.id + " refused: " + task[0].error() + " " + task[0].message());
            }
        });
        assertThat(store.writer().enqueue(task[0])).isTrue();
    }

    private void trim(Model model) {
        long offset = model.trimmedTo + random.nextInt((int) (model.end - model.trimmedTo) + 1);
        model.startMax = Math.max(model.startMax, offset);
        store.trim(replica(model), offset, outcome -> {
            if (outcome.error() == ErrorCode.NONE) {
                assertThat(outcome.logStartOffset()).isGreaterThanOrEqualTo(offset);
                model.trimmedTo = Math.max(model.trimmedTo, offset);
            } else if (!dead() && topics.containsKey(model.id.topicId())) {
                throw new AssertionError(model.id + " not trimmed: " + outcome);
            }
        });
    }

    private void deleteAndMakeAgain(Model model) {
        deletions++;
        topics.remove(model.id.topicId());
        store.delete(model.id);
        add(model.id.topic(), model.fsync, model.retentionBytes);
    }

    /** Everything that was promised is there. */
    private void check() throws IOException {
        for (Model model : topics.values()) {
            PartitionReplica replica = replica(model);
            store.open(replica, () -> {});
            store.writer().runOnce(nowMs);
            if (dead()) {
                return;
            }
            assertThat(replica.problem()).as("problem of %s", model.id).isNull();
            LogView view = requireNonNull(replica.view(), model.id.toString());
            compare(model, view);
            compareTransactions(model, view);
            if (random.nextBoolean()) {
                resend(model, replica, view.logStartOffset());
            }
        }
    }

    private void compare(Model model, LogView view) throws IOException {
        long start = view.logStartOffset();
        long end = view.logEndOffset();
        assertThat(view.highWatermark()).isEqualTo(end);
        assertThat(start).as("log start of %s", model.id).isBetween(model.trimmedTo, model.startMax);
        assertThat(end).as("log end of %s", model.id).isBetween(model.durableEnd, model.end);
        for (long offset = start; offset < end; ) {
            offset = compareSome(model, view, offset);
        }
        model.batches.tailMap(end, true).clear();
        model.end = end;
        // What has come back once must come back for ever.
        model.durableEnd = end;
        ids++;
        long known = model.producerId;
        model.producerId = ids;
        model.nextSequence = 0;
        for (ByteBuffer bytes : model.batches.descendingMap().values()) {
            if (batch(bytes).producerId() == known) {
                model.producerId = known;
                model.nextSequence = batch(bytes).lastSequence() + 1;
                break;
            }
        }
    }

    private void compareTransactions(Model model, LogView view) throws IOException {
        boolean empty = view.logStartOffset() == view.logEndOffset();
        TransactionFold fold = new TransactionFold(view.logStartOffset(), model.transactionsFrom);
        for (TransactionalProducer producer : model.transactional) {
            producer.epoch = 0;
            producer.nextSequence = 0;
            producer.lastDataOffset = -1;
        }
        for (Map.Entry<Long, ByteBuffer> entry : model.batches.entrySet()) {
            RecordBatch batch = batch(entry.getValue());
            fold.add(batch);
            if (batch.isTransactional()) {
                goOnAfter(model, batch);
            }
        }
        fold.check(model.id.toString(), view);
        abortsChecked += fold.abortedCount();
        if (empty) {
            model.transactionsFrom = model.end;
        }
        List<TransactionalProducer> gone = new ArrayList<>();
        for (TransactionalProducer producer : model.transactional) {
            // Of a producer whose records are gone the log may know nothing, or nothing but a marker.
            if (producer.lastDataOffset < view.logStartOffset() && producer.nextSequence > 0) {
                gone.add(producer);
                if (fold.isOpen(producer.id)) {
                    model.perhapsOpen.add(producer);
                }
            }
        }
        // Also those of an earlier time, as their markers may be lost.
        model.perhapsOpen.forEach(producer -> endTransaction(model, producer));
        model.transactional.removeAll(gone);
        gone.forEach(producer -> addTransactionalProducer(model));
    }

    private static void goOnAfter(Model model, RecordBatch batch) {
        for (TransactionalProducer producer : model.transactional) {
            if (producer.id == batch.producerId()) {
                boolean newEpoch = producer.epoch != batch.producerEpoch();
                producer.epoch = batch.producerEpoch();
                if (!batch.isControl()) {
                    producer.nextSequence = batch.lastSequence() + 1;
                    producer.lastDataOffset = batch.lastOffset();
                } else if (newEpoch) {
                    producer.nextSequence = 0;
                }
            }
        }
    }

    private static RecordBatch batch(ByteBuffer bytes) {
        return RecordBatch.at(bytes, bytes.position());
    }

    private static long compareSome(Model model, LogView view, long offset) throws IOException {
        FileSlice slice = requireNonNull(
                view.read(offset, 3_000, true, view.logEndOffset()).records(), model.id + " at offset " + offset);
        ByteBuffer bytes = bytesOf(slice);
        long next = model.batches.floorKey(offset);
        while (bytes.hasRemaining()) {
            ByteBuffer expected = requireNonNull(model.batches.get(next), model.id + " at offset " + next);
            ByteBuffer found = bytes.slice(bytes.position(), Math.min(bytes.remaining(), expected.remaining()));
            assertThat(found).as("%s at offset %s", model.id, next).isEqualTo(expected);
            bytes.position(bytes.position() + found.remaining());
            next = batch(expected).nextOffset();
        }
        return next;
    }

    private static ByteBuffer bytesOf(FileSlice slice) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
            slice.file().read(bytes, slice.position());
            return bytes.flip();
        } finally {
            slice.release();
        }
    }

    /** The last batches of the producer are sent again: they are known. */
    private void resend(Model model, PartitionReplica replica, long logStartOffset) {
        List<Append> sent = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        for (Map.Entry<Long, ByteBuffer> entry : model.batches.descendingMap().entrySet()) {
            if (sent.size() == 5 || entry.getKey() < logStartOffset) {
                break;
            }
            if (batch(entry.getValue()).producerId() != model.producerId) {
                continue;
            }
            sent.add(new Append(replica, Append.copy(entry.getValue()), true));
            offsets.add(entry.getKey());
        }
        sent.forEach(store.writer()::enqueue);
        store.writer().runOnce(nowMs);
        duplicatesSent += sent.size();
        for (int i = 0; i < sent.size() && !dead(); i++) {
            assertThat(sent.get(i).error()).isEqualTo(ErrorCode.NONE);
            assertThat(sent.get(i).baseOffset()).isEqualTo(offsets.get(i));
        }
        @Nullable LogView view = replica.view();
        if (!dead() && view != null) {
            assertThat(view.logEndOffset()).isEqualTo(model.end);
        }
    }
}
