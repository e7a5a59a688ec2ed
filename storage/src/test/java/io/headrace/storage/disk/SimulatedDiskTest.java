package io.headrace.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimulatedDiskTest {
    private static final Path FILE = Path.of("/f");

    private final SimulatedDisk disk = new SimulatedDisk();

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static byte[] contents(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path, OpenMode.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(bytes, 0);
            return bytes.array();
        }
    }

    private DiskFile durableFile(int size, int value) throws IOException {
        DiskFile file = disk.open(FILE, OpenMode.CREATE_NEW);
        file.write(ByteBuffer.wrap(filled(size, value)), 0);
        file.sync();
        disk.syncDirectory(Path.of("/"));
        return file;
    }

    @Test
    void syncedContentsAndNamesSurvive() throws IOException {
        durableFile(5000, 1);
        for (int seed = 0; seed < 50; seed++) {
            SimulatedDisk after = disk.crash(new Random(seed), DirectoryLoss.ANY_SUBSET);
            assertThat(contents(after, FILE)).isEqualTo(filled(5000, 1));
        }
        assertThatThrownBy(() -> disk.open(FILE, OpenMode.READ)).isInstanceOf(PowerCutException.class);
    }

    @Test
    void syncingAFileDoesNotKeepItsName() throws IOException {
        DiskFile file = disk.open(FILE, OpenMode.CREATE_NEW);
        file.write(ByteBuffer.wrap(filled(10, 1)), 0);
        file.sync();
        Set<List<String>> outcomes = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            outcomes.add(disk.crash(new Random(seed)).list(Path.of("/")));
        }
        assertThat(outcomes).containsExactlyInAnyOrder(List.of(), List.of("f"));
    }

    @Test
    void unsyncedBytesAreLostKeptTornReorderedOrGarbage() throws IOException {
        DiskFile file = durableFile(1024, 1);
        file.write(ByteBuffer.wrap(filled(2048, 2)), 0);
        file.write(ByteBuffer.wrap(filled(1024, 3)), 1024);
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 2000; seed++) {
            outcomes.add(sectors(contents(disk.crash(new Random(seed)), FILE)));
        }
        assertThat(outcomes)
                .contains("11", "2233", "2222", "1122", "12", "22", "1233", "2133", "1100", "11?2", "2103", "11??");
        assertThat(outcomes).allMatch(outcome -> outcome.matches("[12]{2}([023?]{2})?|[12]{2}[023?]"));
    }

    /** One letter a sector: its value, or a question mark when it is of several. */
    private static String sectors(byte[] contents) {
        StringBuilder letters = new StringBuilder();
        for (int at = 0; at < contents.length; at += 512) {
            byte first = contents[at];
            boolean same = true;
            for (int i = at; i < at + 512; i++) {
                same &= contents[i] == first;
            }
            letters.append(same ? (char) ('0' + first) : '?');
        }
        return letters.toString();
    }

    @Test
    void renamesAreKeptInOrderOrAsAnySubset() throws IOException {
        durableFile(1, 1);
        disk.rename(FILE, Path.of("/g"));
        disk.open(Path.of("/h"), OpenMode.CREATE).close();
        Set<List<String>> ordered = new HashSet<>();
        Set<List<String>> any = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            ordered.add(disk.crash(new Random(seed)).list(Path.of("/")));
            any.add(disk.crash(new Random(seed), DirectoryLoss.ANY_SUBSET).list(Path.of("/")));
        }
        assertThat(ordered).containsExactlyInAnyOrder(List.of("f"), List.of("g"), List.of("g", "h"));
        assertThat(any).containsExactlyInAnyOrder(List.of("f"), List.of("g"), List.of("g", "h"), List.of("f", "h"));
    }

    @Test
    void syncingOneDirectoryKeepsWhatItsRenamesBuildOn() throws IOException {
        disk.createDirectory(Path.of("/a"));
        disk.createDirectory(Path.of("/b"));
        disk.syncDirectory(Path.of("/"));
        disk.open(Path.of("/b/new"), OpenMode.CREATE).close();
        DiskFile moved = disk.open(Path.of("/a/x"), OpenMode.CREATE);
        moved.write(ByteBuffer.wrap(filled(3, 7)), 0);
        moved.sync();
        disk.rename(Path.of("/a/x"), Path.of("/b/new"));
        disk.syncDirectory(Path.of("/a"));
        for (int seed = 0; seed < 20; seed++) {
            SimulatedDisk after = disk.crash(new Random(seed));
            assertThat(after.list(Path.of("/a"))).isEmpty();
            assertThat(contents(after, Path.of("/b/new"))).isEqualTo(filled(3, 7));
        }
    }

    @Test
    void afterAFailedSyncTheBytesAreVisibleButNeverDurable() throws IOException {
        DiskFile file = durableFile(10, 1);
        file.write(ByteBuffer.wrap(filled(10, 2)), 0);
        disk.failWhen((operation, path, step) -> operation == Operation.SYNC);
        assertThatThrownBy(file::sync).hasMessageContaining("/f");
        disk.failNever();
        file.sync();
        assertThat(contents(disk, FILE)).isEqualTo(filled(10, 2));
        assertThat(contents(disk.crash(new Random(1)), FILE)).isEqualTo(filled(10, 1));
    }

    @Test
    void capacityIsEnforced() throws IOException {
        disk.limitCapacity(100);
        DiskFile file = disk.open(FILE, OpenMode.CREATE);
        assertThatThrownBy(() -> file.write(ByteBuffer.wrap(filled(101, 1)), 0)).isInstanceOf(DiskFullException.class);
        assertThat(file.sizeBytes()).isEqualTo(100);
        assertThat(disk.usableBytes(Path.of("/"))).isZero();
        file.write(ByteBuffer.wrap(filled(100, 2)), 0); // overwriting needs no room
        disk.limitCapacity(200);
        file.write(ByteBuffer.wrap(filled(100, 2)), 100);
    }

    @Test
    void powerIsCutAtTheStepAskedFor() throws IOException {
        DiskFile file = durableFile(512, 1);
        long before = disk.steps();
        disk.cutPowerAtStep(before + 2);
        file.write(ByteBuffer.wrap(filled(512, 2)), 0);
        assertThatThrownBy(file::sync).isInstanceOf(PowerCutException.class);
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(PowerCutException.class);
        assertThat(disk.steps()).isEqualTo(before + 2);
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            outcomes.add(sectors(contents(disk.crash(new Random(seed)), FILE)));
        }
        assertThat(outcomes).containsExactlyInAnyOrder("1", "2");
    }

    @Test
    void aKilledProcessLosesNothingUntilThePowerGoes() throws IOException {
        DiskFile file = durableFile(512, 1);
        DiskLock lock = disk.lock(Path.of("/lock"));
        assertThatThrownBy(() -> disk.lock(Path.of("/lock"))).isInstanceOf(LockHeldException.class);
        file.write(ByteBuffer.wrap(filled(512, 2)), 0);
        SimulatedDisk next = disk.kill();
        assertThat(contents(next, FILE)).isEqualTo(filled(512, 2));
        next.lock(Path.of("/lock")).close();
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            outcomes.add(sectors(contents(next.crash(new Random(seed)), FILE)));
        }
        assertThat(outcomes).containsExactlyInAnyOrder("1", "2");
        lock.close();
    }

    @Test
    void aFlippedBitStays() throws IOException {
        durableFile(512, 0);
        disk.flipBit(FILE, 8 * 100 + 3);
        assertThat(contents(disk, FILE)[100]).isEqualTo((byte) 8);
        assertThat(contents(disk.crash(new Random(1)), FILE)[100]).isEqualTo((byte) 8);
    }

    @Test
    void replacementIsAtomicWhereverThePowerGoes() throws IOException {
        int outcomesOld = 0;
        int outcomesNew = 0;
        for (long step = 1; ; step++) {
            SimulatedDisk replaced = new SimulatedDisk();
            AtomicFile.replace(replaced, FILE, ByteBuffer.wrap(filled(3000, 1)));
            long base = replaced.steps();
            replaced.cutPowerAtStep(base + step);
            boolean done = true;
            try {
                AtomicFile.replace(replaced, FILE, ByteBuffer.wrap(filled(2000, 2)));
            } catch (PowerCutException e) {
                done = false;
            }
            for (int seed = 0; seed < 100; seed++) {
                DirectoryLoss loss = seed % 2 == 0 ? DirectoryLoss.PREFIX : DirectoryLoss.ANY_SUBSET;
                SimulatedDisk after = replaced.crash(new Random(seed), loss);
                ByteBuffer read = AtomicFile.read(after, FILE, 10_000);
                assertThat(read).isIn(ByteBuffer.wrap(filled(3000, 1)), ByteBuffer.wrap(filled(2000, 2)));
                boolean isNew = ByteBuffer.wrap(filled(2000, 2)).equals(read);
                assertThat(isNew || !done).isTrue();
                outcomesOld += isNew ? 0 : 1;
                outcomesNew += isNew ? 1 : 0;
                // A leftover does not get in the way of the next replacement.
                AtomicFile.replace(after, FILE, ByteBuffer.wrap(filled(100, 3)));
                assertThat(contents(after, FILE)).isEqualTo(filled(100, 3));
            }
            if (done) {
                break;
            }
        }
        assertThat(outcomesOld).isPositive();
        assertThat(outcomesNew).isPositive();
        assertThat(AtomicFile.read(new SimulatedDisk(), FILE, 10)).isNull();
    }

    @Test
    void randomFilesAgreeWithTheModel() throws IOException {
        for (long seed : Seeds.upTo(1000).toArray()) {
            try {
                runAgainstModel(new Random(seed));
            } catch (AssertionError | IOException e) {
                throw new AssertionError(Seeds.replay(seed), e);
            }
        }
    }

    /** The model keeps every state since the last sync; a byte after a crash is one of those it has had. */
    private static void runAgainstModel(Random random) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        DiskFile file = disk.open(FILE, OpenMode.CREATE);
        disk.syncDirectory(Path.of("/"));
        List<byte[]> states = new ArrayList<>(List.of(new byte[0]));
        int operations = random.nextInt(12);
        for (int i = 0; i < operations; i++) {
            byte[] now = states.get(states.size() - 1);
            int kind = random.nextInt(8);
            if (kind == 0) {
                file.sync();
                states = new ArrayList<>(List.of(now));
            } else if (kind == 1) {
                int size = random.nextInt(now.length + 100);
                file.truncate(size);
                states.add(Arrays.copyOf(now, Math.min(size, now.length)));
            } else {
                byte[] data = filled(random.nextInt(5000), random.nextInt(4));
                int position = random.nextInt(now.length + 100);
                file.write(ByteBuffer.wrap(data), position);
                int end = data.length == 0 ? now.length : Math.max(now.length, position + data.length);
                byte[] next = Arrays.copyOf(now, end);
                System.arraycopy(data, 0, next, Math.min(position, end), data.length);
                states.add(next);
            }
            assertThat(contents(disk, FILE)).isEqualTo(states.get(states.size() - 1));
        }
        for (int i = 0; i < 4; i++) {
            checkCrash(states, contents(disk.crash(random), FILE));
        }
    }

    private static void checkCrash(List<byte[]> states, byte[] after) {
        byte[] durable = states.get(0);
        int longest = states.stream().mapToInt(state -> state.length).max().orElseThrow();
        assertThat(after.length).isLessThanOrEqualTo(longest);
        if (states.size() == 1) {
            assertThat(after).isEqualTo(durable);
        }
        for (int i = 0; i < Math.min(after.length, durable.length); i++) {
            boolean known = false;
            for (byte[] state : states) {
                known |= (i < state.length ? state[i] : 0) == after[i];
            }
            if (!known) {
                throw new AssertionError("byte " + i + " is " + after[i] + ", which it never was");
            }
        }
    }
}
