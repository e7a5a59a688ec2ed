package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The walk of a recovery: everything is read, checked and written again. */
class RewritingScanTest {
    private static final Path FILE = Path.of("/log");

    private final SimulatedDisk disk = new SimulatedDisk();
    private int reads;
    private int writes;

    private static ByteBuffer batches(Random random, int count, int valueBytesMax) {
        ByteBuffer all = ByteBuffer.allocate(count * (valueBytesMax + 100));
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[random.nextInt(valueBytesMax)];
            random.nextBytes(value);
            all.put(new RecordBatchBuilder().append(1, null, value).build());
        }
        return all.flip();
    }

    private DiskFile file(ByteBuffer contents) throws IOException {
        DiskFile file = disk.open(FILE, OpenMode.CREATE_NEW);
        file.write(contents.duplicate(), 0);
        file.sync();
        disk.failWhen((operation, path, step) -> {
            reads += operation == Operation.READ ? 1 : 0;
            writes += operation == Operation.WRITE ? 1 : 0;
            return false;
        });
        return file;
    }

    private static ByteBuffer contents(DiskFile file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
        file.read(bytes, 0);
        return bytes.flip();
    }

    @Test
    void smallBatchesAreReadAndWrittenOnce() throws IOException {
        ByteBuffer expected = batches(new Random(1), 400, 1_000);
        DiskFile file = file(expected);
        BatchScan scan = BatchScan.rewriting(file, 0, file.sizeBytes(), ByteBuffer.allocate(64 * 1024));
        int count = 0;
        while (scan.next()) {
            scan.beginRewriting();
            assertThat(scan.hasValidCrc()).isTrue();
            count++;
        }
        scan.rewritePassed();
        assertThat(scan.problem()).isNull();
        assertThat(count).isEqualTo(400);
        int windows = expected.limit() / (64 * 1024) + 1;
        assertThat(reads).isBetween(windows, windows + 1);
        assertThat(writes).isEqualTo(reads);
        assertThat(contents(file)).isEqualTo(expected);
    }

    @Test
    void batchesMayBeLargerThanTheBuffer() throws IOException {
        Random random = new Random(2);
        ByteBuffer expected = batches(random, 60, 20_000);
        DiskFile file = file(expected);
        BatchScan scan = BatchScan.rewriting(file, 0, file.sizeBytes(), ByteBuffer.allocateDirect(8 * 1024));
        while (scan.next()) {
            scan.beginRewriting();
            if (random.nextBoolean()) {
                assertThat(scan.hasValidCrc()).isTrue();
            } else if (random.nextBoolean()) {
                assertThat(scan.batch().hasValidCrc()).isTrue();
            }
        }
        scan.rewritePassed();
        assertThat(scan.position()).isEqualTo(expected.limit());
        assertThat(contents(file)).isEqualTo(expected);
    }

    @Test
    void whatLiesBeforeADamagedBatchIsWrittenAndNothingElse() throws IOException {
        ByteBuffer expected = batches(new Random(3), 50, 1_000);
        int damaged = expected.limit() - 1;
        expected.put(damaged, (byte) (expected.get(damaged) + 1));
        DiskFile file = file(expected);
        BatchScan scan = BatchScan.rewriting(file, 0, file.sizeBytes(), ByteBuffer.allocate(16 * 1024));
        int whole = 0;
        while (scan.next() && scan.hasValidCrc()) {
            scan.beginRewriting();
            whole++;
        }
        long sound = scan.position();
        scan.rewritePassed();
        assertThat(whole).isEqualTo(49);
        assertThat(contents(file)).isEqualTo(expected);
        assertThat(sound).isLessThan(expected.limit());
    }
}
