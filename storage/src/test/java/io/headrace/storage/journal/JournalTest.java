package io.headrace.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.RealDisk;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final Path DIR = Path.of("/journal");
    private static final UUID TOPIC = new UUID(3, 4);
    private static final JournalOptions SMALL = new JournalOptions(4 * 4096, 6 * 4096, 30 * 4096, 3 * 4096);

    @TempDir
    Path dir = Path.of("");

    private final SimulatedDisk disk = new SimulatedDisk();

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Journal open(Disk disk, Path dir, List<String> replayed) throws IOException {
        return Journal.open(
                disk,
                dir,
                SMALL,
                99,
                entry -> replayed.add(entry.sequence() + ":" + entry.offset() + ":"
                        + StandardCharsets.UTF_8.decode(entry.payload())));
    }

    private static List<String> reopened(Disk disk, Path dir) throws IOException {
        List<String> replayed = new ArrayList<>();
        open(disk, dir, replayed).close();
        return replayed;
    }

    private static long commit(Journal journal, long offset, String payload) throws IOException {
        assertThat(journal.stage((byte) 1, TOPIC, 0, offset, 8, text(payload))).isTrue();
        return journal.commit();
    }

    @Test
    void entriesComeBackInOrderAndWhole() throws IOException {
        Disk real = new RealDisk();
        Path journalDir = dir.resolve("journal");
        ByteBuffer large = ByteBuffer.allocateDirect(3_000_000);
        new Random(5).ints(large.capacity() / 4).forEach(large::putInt);
        large.flip();
        try (Journal journal = Journal.open(real, journalDir, JournalOptions.defaults(), 7, entry -> {})) {
            assertThat(journal.stage((byte) 1, TOPIC, 2, 10, 8, text("first "), text("entry")))
                    .isTrue();
            assertThat(journal.stage((byte) 2, new UUID(-1, 5), 0, -1)).isTrue();
            assertThat(journal.stagedCount()).isEqualTo(2);
            journal.commit();
            for (int i = 0; i < 10; i++) {
                assertThat(journal.stage((byte) 1, TOPIC, 3, i, 8, large.duplicate(), text("tail")))
                        .isTrue();
                journal.commit();
            }
        }
        List<JournalEntry> entries = new ArrayList<>();
        Journal.open(real, journalDir, JournalOptions.defaults(), 8, entry -> {
                    if (entries.size() < 2) {
                        assertThat(StandardCharsets.UTF_8
                                        .decode(entry.payload().duplicate())
                                        .toString())
                                .isEqualTo(entries.isEmpty() ? "first entry" : "");
                    } else {
                        assertThat(entry.payload().slice(0, large.limit())).isEqualTo(large);
                        assertThat(entry.payload().remaining()).isEqualTo(large.limit() + 4);
                    }
                    entries.add(entry);
                })
                .close();
        assertThat(entries).hasSize(12);
        assertThat(entries)
                .extracting(JournalEntry::offset)
                .containsExactly(10L, -1L, 0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(entries.get(1).topicId()).isEqualTo(new UUID(-1, 5));
        assertThat(entries.get(1).type()).isEqualTo((byte) 2);
        assertThat(entries.get(0).partition()).isEqualTo(2);
    }

    @Test
    void aGroupIsOneWriteAndOneSync() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        long before = disk.steps();
        commit(journal, 1, "x");
        assertThat(disk.steps()).isEqualTo(before + 2);
    }

    @Test
    void discardedEntriesAreGone() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        journal.stage((byte) 1, TOPIC, 0, 1, 8, text("no"));
        journal.discard();
        long sequence = commit(journal, 2, "yes");
        assertThat(reopened(disk.kill(), DIR)).containsExactly(sequence + ":2:yes");
    }

    @Test
    void aFullGroupAsksForACommit() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        assertThat(journal.stage((byte) 1, TOPIC, 0, 1, 8, ByteBuffer.allocate(10_000)))
                .isTrue();
        assertThat(journal.stage((byte) 1, TOPIC, 0, 2, 8, ByteBuffer.allocate(10_000)))
                .isFalse();
        journal.commit();
        // Alone it may be larger than a group, but not out of all proportion.
        assertThat(journal.stage((byte) 1, TOPIC, 0, 2, 8, ByteBuffer.allocate(20_000)))
                .isTrue();
        journal.commit();
        assertThatThrownBy(() -> journal.stage((byte) 1, TOPIC, 0, 2, 8, ByteBuffer.allocate(40_000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void releasedEntriesDoNotComeBackAndTheirFilesAreReused() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        String last = "";
        for (int i = 0; i < 500; i++) {
            long sequence = commit(journal, i, "entry " + i);
            journal.release(sequence - 1);
            last = sequence + ":" + i + ":entry " + i;
        }
        assertThat(disk.list(DIR).size()).isLessThanOrEqualTo(3);
        assertThat(reopened(disk.kill(), DIR)).contains(last).hasSizeLessThanOrEqualTo(2);
        assertThatThrownBy(() -> journal.release(journal.lastSequence() + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFullJournalWaitsForACheckpoint() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        assertThat(journal.checkpointDue()).isFalse();
        int committed = fillUp(journal);
        assertThat(committed).isGreaterThan(20);
        assertThat(journal.checkpointDue()).isTrue();
        assertThatThrownBy(journal::commit).isInstanceOf(JournalFullException.class);
        journal.release(journal.lastSequence());
        long sequence = journal.commit();
        assertThat(journal.checkpointDue()).isFalse();
        assertThat(reopened(disk.kill(), DIR)).containsExactly(sequence + ":" + committed + ":x");
    }

    private static int fillUp(Journal journal) throws IOException {
        for (int i = 0; ; i++) {
            assertThat(i).isLessThan(100);
            journal.stage((byte) 1, TOPIC, 0, i, 8, text("x"));
            try {
                journal.commit();
            } catch (JournalFullException e) {
                return i;
            }
        }
    }

    @Test
    void aFullJournalCanBeRestartedAgainAndAgain() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        int committed = fillUp(journal);
        SimulatedDisk next = disk.kill();
        for (int i = 0; i < 10; i++) {
            List<String> replayed = new ArrayList<>();
            open(next, DIR, replayed);
            assertThat(replayed).hasSize(committed);
            next = next.kill();
        }
        Journal restarted = open(next, DIR, new ArrayList<>());
        restarted.release(restarted.lastSequence());
        commit(restarted, 1, "goes on");
    }

    @Test
    void aFullDiskIsRetriable() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        disk.limitCapacity(4 * 4096 + 100);
        for (int i = 0; i < 2; i++) {
            commit(journal, i, "x");
        }
        journal.stage((byte) 1, TOPIC, 0, 2, 8, text("x"));
        assertThatThrownBy(journal::commit).isInstanceOf(DiskFullException.class);
        assertThatThrownBy(journal::prepareNext).isInstanceOf(DiskFullException.class);
        assertThat(disk.list(DIR)).containsExactly("journal-0");
        disk.limitCapacity(1_000_000);
        journal.commit();
        assertThat(reopened(disk.kill(), DIR)).hasSize(3);
    }

    @Test
    void aFailedSyncIsFinalAndItsGroupIsWrittenAgainOnRestart() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        long sequence = commit(journal, 1, "good");
        disk.failWhen((operation, path, step) -> operation == Operation.SYNC);
        journal.stage((byte) 1, TOPIC, 0, 2, 8, text("doubtful"));
        assertThatThrownBy(journal::commit).hasMessageContaining("SYNC");
        disk.failNever();
        assertThatThrownBy(journal::commit).isInstanceOf(JournalFailedException.class);
        assertThatThrownBy(() -> commit(journal, 3, "never")).isInstanceOf(JournalFailedException.class);
        assertThatThrownBy(journal::prepareNext).isInstanceOf(JournalFailedException.class);
        journal.close();
        SimulatedDisk next = disk.kill();
        List<String> expected = List.of(sequence + ":1:good", (sequence + 1) + ":2:doubtful");
        List<String> replayed = new ArrayList<>();
        open(next, DIR, replayed);
        assertThat(replayed).isEqualTo(expected);
        assertThat(reopened(next.crash(new Random(1)), DIR)).isEqualTo(expected);
    }

    @Test
    void aFlippedBitBelowTheEndIsRefused() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed * 31L);
            SimulatedDisk flipped = new SimulatedDisk();
            Journal journal = open(flipped, DIR, new ArrayList<>());
            for (int i = 0; i < 12; i++) {
                commit(journal, i, "some payload");
            }
            flipped = flipped.kill();
            // Four pages in the first file, six in the others; a page of each is left for the tail.
            int group = 1 + random.nextInt(11);
            Path file = DIR.resolve(group < 3 ? "journal-0" : group < 8 ? "journal-1" : "journal-2");
            int page = group < 3 ? group : (group - 3) % 5;
            int bit = random.nextInt((44 + 41 + 12) * 8);
            flipped.flipBit(file, page * 4096L * 8 + bit);
            SimulatedDisk damaged = flipped;
            assertThatThrownBy(() -> reopened(damaged, DIR))
                    .as("group %d bit %d", group, bit)
                    .isInstanceOf(CorruptJournalException.class)
                    .hasMessageContaining("/journal/journal-");
        }
    }

    @Test
    void aFormatOfAnEarlierBuildIsRefused() throws IOException {
        commit(open(disk, DIR, new ArrayList<>()), 1, "x");
        SimulatedDisk next = disk.kill();
        try (DiskFile file = next.open(DIR.resolve("journal-0"), OpenMode.READ_WRITE)) {
            file.write(ByteBuffer.allocate(4).putInt(0, 0x48524a01), 0);
        }
        assertThatThrownBy(() -> reopened(next, DIR)).hasMessageContaining("journal-0 was written by an earlier build");
    }

    @Test
    void aMissingFileIsRefused() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        for (int i = 0; i < 12; i++) {
            commit(journal, i, "x");
        }
        for (String name : List.of("journal-0", "journal-1")) {
            SimulatedDisk next = disk.kill();
            next.delete(DIR.resolve(name));
            assertThatThrownBy(() -> reopened(next, DIR)).isInstanceOf(CorruptJournalException.class);
        }
    }

    @Test
    void damageBelowTheTailDoesNotMatter() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        for (int i = 0; i < 12; i++) {
            commit(journal, i, "x");
        }
        journal.release(journal.lastSequence() - 1);
        journal.close();
        SimulatedDisk next = disk.kill();
        next.flipBit(DIR.resolve("journal-0"), 5);
        next.flipBit(DIR.resolve("journal-1"), 4096 * 8 + 5);
        assertThat(reopened(next, DIR)).hasSize(1);
    }

    @Test
    void bytesOfAClientDoNotPassForAGroup() throws IOException {
        JournalOptions sixPages = new JournalOptions(6 * 4096, 6 * 4096, 64 * 4096, 3 * 4096);
        Journal journal = Journal.open(disk, DIR, sixPages, 99, entry -> {});
        // Groups with high sequences, as a client could know them from some other journal, at page boundaries.
        ByteBuffer alignment =
                ByteBuffer.allocate(4096 - JournalFormat.HEADER_BYTES - JournalFormat.ENTRY_HEADER_BYTES);
        assertThat(journal.stage((byte) 1, TOPIC, 0, 1, 8, alignment, forgedGroups()))
                .isTrue();
        long sequence = journal.commit();
        // The file is used again as far as the first forged group, which now follows the end.
        for (int i = 0; i < 8; i++) {
            journal.release(sequence);
            sequence = commit(journal, i, "x");
        }
        assertThat(disk.list(DIR)).hasSize(2);
        SimulatedDisk next = disk.kill();
        List<Long> replayed = new ArrayList<>();
        Journal.open(next, DIR, sixPages, 99, entry -> replayed.add(entry.offset()))
                .close();
        assertThat(replayed).containsExactly(7L);
    }

    private static ByteBuffer forgedGroups() throws IOException {
        SimulatedDisk elsewhere = new SimulatedDisk();
        Journal ahead = Journal.open(elsewhere, DIR, SMALL, 5, entry -> {});
        for (int i = 0; i < 400; i++) {
            ahead.release(commit(ahead, i, "forged"));
        }
        ByteBuffer forged = ByteBuffer.allocate(2 * 4096);
        try (DiskFile file = elsewhere.open(DIR.resolve("journal-1"), OpenMode.READ)) {
            file.read(forged, 0);
        }
        return forged.flip();
    }

    @Test
    void anUnfinishedGroupNeverComesBack() throws IOException {
        JournalOptions fivePages = new JournalOptions(5 * 4096, 5 * 4096, 64 * 4096, 3 * 4096);
        // After one group the unfinished one still fits the file; after two it is at the start of the next file.
        checkUnfinishedGroup(fivePages, 1, DIR.resolve("journal-0"), 3 * 4096);
        checkUnfinishedGroup(fivePages, 2, DIR.resolve("journal-1"), 4096);
    }

    private static void checkUnfinishedGroup(JournalOptions options, int before, Path file, int secondPageAt)
            throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        Journal journal = Journal.open(disk, DIR, options, 99, entry -> {});
        for (int i = 0; i < before; i++) {
            commit(journal, i, "kept");
        }
        commit(journal, before, "x".repeat(5000));
        SimulatedDisk next = disk.kill();
        ByteBuffer secondPage = ByteBuffer.allocate(4096);
        try (DiskFile open = next.open(file, OpenMode.READ_WRITE)) {
            open.read(secondPage, secondPageAt);
            open.write(ByteBuffer.allocate(4096), secondPageAt);
        }
        assertThat(reopened(next, DIR)).hasSize(before);
        // The next group happened to have the same bytes there, and of its pages only this one got through.
        try (DiskFile open = next.open(file, OpenMode.READ_WRITE)) {
            open.write(secondPage.flip(), secondPageAt);
        }
        assertThat(reopened(next, DIR)).hasSize(before);
    }

    @Test
    void damageOfTheGroupBeforeAnUnfinishedOneIsRefused() throws IOException {
        JournalOptions fivePages = new JournalOptions(5 * 4096, 5 * 4096, 64 * 4096, 3 * 4096);
        // The unfinished one is in the same file, then the first of the next file.
        for (int before = 1; before <= 2; before++) {
            SimulatedDisk disk = new SimulatedDisk();
            Journal journal = Journal.open(disk, DIR, fivePages, 99, entry -> {});
            for (int i = 0; i < before; i++) {
                commit(journal, i, "x".repeat(200));
            }
            commit(journal, before, "x".repeat(5000));
            SimulatedDisk next = disk.kill();
            Path file = DIR.resolve(before == 1 ? "journal-0" : "journal-1");
            try (DiskFile open = next.open(file, OpenMode.READ_WRITE)) {
                open.write(ByteBuffer.allocate(4096), before == 1 ? 3 * 4096 : 4096);
            }
            next.flipBit(DIR.resolve("journal-0"), (before * 4096L + 150) * 8);
            assertThatThrownBy(() -> reopened(next, DIR))
                    .isInstanceOf(CorruptJournalException.class)
                    .hasMessageContaining("journal-0");
        }
    }

    @Test
    void filesArePreparedAheadByAnotherThread() throws Exception {
        Disk real = new RealDisk();
        Path journalDir = dir.resolve("journal");
        JournalOptions options = new JournalOptions(16 * 4096, 16 * 4096, 64 * 16 * 4096, 4 * 4096);
        AtomicBoolean done = new AtomicBoolean();
        try (Journal journal = Journal.open(real, journalDir, options, 7, entry -> {})) {
            CompletableFuture<Integer> prepared = CompletableFuture.supplyAsync(() -> prepareUntil(done, journal));
            for (int i = 0; i < 300; i++) {
                commit(journal, i, "x");
            }
            done.set(true);
            assertThat(prepared.get()).isNotNegative();
        }
        List<Long> offsets = new ArrayList<>();
        Journal.open(real, journalDir, options, 7, entry -> offsets.add(entry.offset()))
                .close();
        assertThat(offsets).hasSize(300).isSorted();
        try (DiskFile file = real.open(journalDir.resolve("journal-1"), OpenMode.READ)) {
            assertThat(file.sizeBytes()).isEqualTo(16 * 4096);
        }
    }

    private static int prepareUntil(AtomicBoolean done, Journal journal) {
        int prepared = 0;
        try {
            while (!done.get()) {
                prepared += journal.prepareNext() ? 1 : 0;
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return prepared;
    }

    @Test
    void aPreparedFileIsTakenWithoutFurtherSteps() throws IOException {
        Journal journal = open(disk, DIR, new ArrayList<>());
        assertThat(journal.prepareNext()).isFalse();
        commit(journal, 0, "x");
        commit(journal, 1, "x");
        assertThat(journal.prepareNext()).isTrue();
        assertThat(journal.prepareNext()).isFalse();
        long before = disk.steps();
        commit(journal, 2, "x");
        assertThat(disk.steps()).isEqualTo(before + 2);
        assertThat(disk.list(DIR)).containsExactly("journal-0", "journal-1");
    }
}
