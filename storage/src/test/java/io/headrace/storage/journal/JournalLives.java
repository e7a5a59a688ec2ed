package io.headrace.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Runs a journal through power cuts, kills and failed syncs, one after the other on the same disk, and compares what comes
 * back with what was acknowledged.
 */
final class JournalLives {
    private static final Path DIR = Path.of("/journal");
    private static final JournalOptions SMALL = new JournalOptions(4 * 4096, 6 * 4096, 26 * 4096, 3 * 4096);

    private record Entry(byte type, UUID topicId, int partition, long offset, ByteBuffer payload) {}

    /** What the journal must hold: every acknowledged group above the tail, and perhaps the one in flight. */
    private static final class Model {
        final TreeMap<Long, List<Entry>> acknowledged = new TreeMap<>();
        List<Entry> staged = new ArrayList<>();
        long releasedUpTo;
        long wrapped;

        void check(SortedMap<Long, List<Entry>> replayed) {
            long lastAcknowledged = acknowledged.isEmpty() ? 0 : acknowledged.lastKey();
            Map<Long, List<Entry>> expected = acknowledged.tailMap(releasedUpTo, false);
            assertThat(replayed.keySet()).containsAll(expected.keySet());
            replayed.forEach((sequence, entries) -> {
                if (sequence <= lastAcknowledged) {
                    assertThat(entries).isEqualTo(acknowledged.get(sequence));
                } else {
                    assertThat(entries).isEqualTo(staged);
                    assertThat(sequence).isEqualTo(replayed.lastKey());
                }
            });
            // What has come back once must come back for ever.
            acknowledged.putAll(replayed);
            staged = new ArrayList<>();
        }
    }

    private final Model model = new Model();
    private final Random random;

    JournalLives(Random random) {
        this.random = random;
    }

    /** How often the journal was full and went on. */
    long wrapped() {
        return model.wrapped;
    }

    /** Lives and dies a few times; returns how often. */
    long run() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        int crashes = 2 + random.nextInt(12);
        for (int i = 0; i < crashes; i++) {
            disk = lifeAndDeath(disk);
        }
        TreeMap<Long, List<Entry>> replayed = new TreeMap<>();
        open(disk, replayed).close();
        model.check(replayed);
        return crashes;
    }

    private SimulatedDisk lifeAndDeath(SimulatedDisk disk) throws IOException {
        switch (random.nextInt(8)) {
            case 0 -> {
                long failing = 1L + random.nextInt(40);
                disk.failWhen((operation, path, step) -> operation == Operation.SYNC && step == failing);
            }
            case 1 -> {}
            default -> disk.cutPowerAtStep(1L + random.nextInt(random.nextBoolean() ? 12 : 60));
        }
        try {
            live(disk);
        } catch (PowerCutException e) {
            return crash(disk);
        } catch (IOException e) {
            // A failed sync or its consequences: the process ends, the page cache does not.
            assertThat(e).isNotInstanceOf(CorruptJournalException.class);
            return disk.kill();
        }
        return random.nextBoolean() ? disk.kill() : crash(disk);
    }

    private SimulatedDisk crash(SimulatedDisk disk) {
        return disk.crash(random, random.nextInt(3) == 0 ? DirectoryLoss.ANY_SUBSET : DirectoryLoss.PREFIX);
    }

    private static Journal open(SimulatedDisk disk, Map<Long, List<Entry>> replayed) throws IOException {
        return Journal.open(
                disk, DIR, SMALL, 42, entry -> replayed.computeIfAbsent(entry.sequence(), key -> new ArrayList<>())
                        .add(copy(entry)));
    }

    private static Entry copy(JournalEntry entry) throws IOException {
        ByteBuffer payload = entry.payload();
        assertThat(entry.payloadBytes()).isEqualTo(payload.remaining());
        ByteBuffer head = entry.head();
        assertThat(payload.slice(0, head.remaining())).isEqualTo(head);
        return new Entry(entry.type(), entry.topicId(), entry.partition(), entry.offset(), payload);
    }

    private void live(SimulatedDisk disk) throws IOException {
        TreeMap<Long, List<Entry>> replayed = new TreeMap<>();
        Journal journal = open(disk, replayed);
        model.check(replayed);
        int operations = random.nextInt(30);
        for (int i = 0; i < operations; i++) {
            switch (random.nextInt(12)) {
                case 0 -> release(journal);
                case 1 -> journal.prepareNext();
                case 2 -> {
                    journal.discard();
                    model.staged.clear();
                }
                case 3, 4, 5, 6, 7 -> stage(journal);
                default -> commit(journal);
            }
        }
        if (random.nextInt(3) == 0) {
            journal.discard();
            model.staged.clear();
            journal.close();
        }
    }

    private void stage(Journal journal) throws IOException {
        // Few different payloads, so that a group that failed and its successor often share pages.
        byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 20_000 : 5_000)];
        Arrays.fill(bytes, (byte) random.nextInt(2));
        Entry entry = new Entry(
                (byte) random.nextInt(3),
                new UUID(1, random.nextInt(3)),
                random.nextInt(4),
                77,
                ByteBuffer.wrap(bytes));
        int split = random.nextInt(bytes.length + 1);
        ByteBuffer[] parts = {ByteBuffer.wrap(bytes, 0, split), ByteBuffer.wrap(bytes, split, bytes.length - split)};
        while (!journal.stage(
                entry.type(), entry.topicId(), entry.partition(), entry.offset(), random.nextInt(100), parts)) {
            commit(journal);
        }
        model.staged.add(entry);
    }

    private void commit(Journal journal) throws IOException {
        long sequence;
        try {
            sequence = journal.commit();
        } catch (JournalFullException e) {
            assertThat(journal.checkpointDue()).isTrue();
            journal.release(journal.lastSequence());
            model.releasedUpTo = journal.lastSequence();
            model.wrapped++;
            sequence = journal.commit();
        }
        if (!model.staged.isEmpty()) {
            model.acknowledged.put(sequence, model.staged);
            model.staged = new ArrayList<>();
        }
    }

    private void release(Journal journal) {
        long upTo = journal.lastSequence() - random.nextInt(5);
        if (upTo > 0) {
            journal.release(upTo);
            model.releasedUpTo = Math.max(model.releasedUpTo, upTo);
        }
    }
}
