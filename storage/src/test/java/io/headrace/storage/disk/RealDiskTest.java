package io.headrace.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealDiskTest {
    @TempDir
    Path dir = Path.of("");

    private final Disk disk = new RealDisk();

    @Test
    void gatheringWritePutsManyBuffersAtAPosition() throws IOException {
        Random random = new Random(1);
        // More than one system call takes, direct and heap mixed, some of them empty.
        ByteBuffer[] sources = new ByteBuffer[3000];
        ByteBuffer expected = ByteBuffer.allocate(200_000);
        for (int i = 0; i < sources.length; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            sources[i] = random.nextBoolean()
                    ? ByteBuffer.wrap(bytes)
                    : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
            if (i >= 5) {
                expected.put(bytes);
            }
        }
        expected.flip();
        try (DiskFile file = disk.open(dir.resolve("f"), OpenMode.CREATE_NEW)) {
            assertThat(file.write(sources, 5, sources.length - 5, 777)).isEqualTo(expected.remaining());
            assertThat(file.sizeBytes()).isEqualTo(777 + expected.remaining());
            ByteBuffer actual = ByteBuffer.allocate(expected.remaining() + 10);
            assertThat(file.read(actual, 777)).isEqualTo(expected.remaining());
            assertThat(actual.flip()).isEqualTo(expected);
        }
    }

    @Test
    void overwritesOfWholePagesAndOthersGoToOneFile() throws IOException {
        Path path = dir.resolve("f");
        Random random = new Random(2);
        byte[] expected = new byte[3 << 20];
        try (DiskFile file = disk.open(path, OpenMode.CREATE_NEW)) {
            file.write(ByteBuffer.wrap(expected), 0);
        }
        try (DiskFile file = disk.openForOverwrites(path)) {
            // Some larger than one system call's chunk, from buffers of any kind and size, read in between, some not
            // whole pages.
            for (int round = 0; round < 60; round++) {
                int unit = round % 3 == 2 ? 1 : 4096;
                int size = 1 + random.nextInt(unit == 1 ? 5000 : round % 10 == 0 ? 300 : 20) * unit;
                size = unit == 1 ? size : (size / unit + 1) * unit;
                int position = random.nextInt((expected.length - size) / unit) * unit;
                byte[] bytes = new byte[size];
                random.nextBytes(bytes);
                System.arraycopy(bytes, 0, expected, position, size);
                int cut = random.nextInt(size + 1);
                ByteBuffer[] sources = {
                    ByteBuffer.allocate(9),
                    ByteBuffer.wrap(bytes, 0, cut),
                    ByteBuffer.allocateDirect(size - cut)
                            .put(bytes, cut, size - cut)
                            .flip()
                };
                assertThat(file.write(sources, 1, 2, position)).isEqualTo(size);
                assertThat(sources[1].hasRemaining() || sources[2].hasRemaining())
                        .isFalse();
                file.sync();
                ByteBuffer read = ByteBuffer.allocate(size);
                file.read(read, position);
                assertThat(read.array()).isEqualTo(bytes);
            }
            assertThat(file.sizeBytes()).isEqualTo(expected.length);
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(expected);
    }

    @Test
    void onlyAFileThatIsThereIsOpenedForOverwrites() {
        assertThatThrownBy(() -> disk.openForOverwrites(dir.resolve("absent"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void readsFillWhatThereIs() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("f"), OpenMode.CREATE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 2);
            ByteBuffer target = ByteBuffer.allocate(10);
            assertThat(file.read(target, 0)).isEqualTo(5);
            assertThat(target.array()).startsWith(0, 0, 1, 2, 3);
            assertThat(file.read(target, 5)).isEqualTo(-1);
            file.truncate(3);
            file.sync();
            assertThat(disk.sizeBytes(dir.resolve("f"))).isEqualTo(3);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            assertThat(file.transferTo(1, 100, Channels.newChannel(sent))).isEqualTo(2);
            assertThat(sent.toByteArray()).containsExactly(0, 1);
        }
    }

    @Test
    void openModes() throws IOException {
        Path file = dir.resolve("f");
        assertThatThrownBy(() -> disk.open(file, OpenMode.READ)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.open(file, OpenMode.READ_WRITE)).isInstanceOf(NoSuchFileException.class);
        disk.open(file, OpenMode.CREATE).close();
        disk.open(file, OpenMode.CREATE).close();
        assertThatThrownBy(() -> disk.open(file, OpenMode.CREATE_NEW)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void namesInDirectories() throws IOException {
        Path sub = dir.resolve("sub");
        assertThat(disk.list(sub)).isEmpty();
        disk.createDirectory(sub);
        disk.createDirectory(sub);
        assertThat(disk.isDirectory(sub)).isTrue();
        disk.open(sub.resolve("b"), OpenMode.CREATE).close();
        disk.open(sub.resolve("a"), OpenMode.CREATE).close();
        assertThat(disk.list(sub)).containsExactly("a", "b");
        disk.rename(sub.resolve("a"), sub.resolve("b"));
        disk.syncDirectory(sub);
        assertThat(disk.list(sub)).containsExactly("b");
        assertThatThrownBy(() -> disk.delete(sub))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sub");
        disk.delete(sub.resolve("b"));
        disk.delete(sub.resolve("b"));
        disk.delete(sub);
        assertThat(disk.exists(sub)).isFalse();
        assertThat(disk.usableBytes(dir)).isPositive();
    }

    @Test
    void aLockIsExclusiveWithinTheProcessToo() throws IOException {
        DiskLock lock = disk.lock(dir.resolve(".lock"));
        assertThatThrownBy(() -> disk.lock(dir.resolve(".lock"))).isInstanceOf(LockHeldException.class);
        lock.close();
        disk.lock(dir.resolve(".lock")).close();
    }

    @Test
    void errorsNameTheFileAndThePosition() throws IOException {
        Path file = dir.resolve("f");
        DiskFile open = disk.open(file, OpenMode.CREATE);
        open.close();
        assertThatThrownBy(() -> open.write(ByteBuffer.allocate(1), 42))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("42");
        assertThatThrownBy(() -> disk.syncDirectory(dir.resolve("absent"))).hasMessageContaining("absent");
    }

    @Test
    void errorsSayWhatIsWrong() {
        Path file = Path.of("d", "f");
        assertThat(DiskErrors.named("open", file, new AccessDeniedException("d/f")))
                .hasMessage("Cannot open d/f: permission denied");
        assertThat(DiskErrors.ofSync(file, new FileSystemException("d/f", null, "Read-only file system")))
                .hasMessage("Cannot sync d/f: Read-only file system");
        assertThat(DiskErrors.describe(new FileSystemException("d/f", "e", "Invalid cross-device link")))
                .isEqualTo("d/f and e: Invalid cross-device link");
        assertThat(DiskErrors.describe(new NotDirectoryException("d"))).isEqualTo("d: is not a directory");
        assertThat(DiskErrors.describe(new IOException("other"))).isEqualTo("other");
    }

    @Test
    void aFullDiskIsToldApart() {
        Path file = Path.of("f");
        assertThat(DiskErrors.at("write", file, 7, new IOException("No space left on device")))
                .isInstanceOf(DiskFullException.class);
        assertThat(DiskErrors.named("open", file, new IOException("Disk quota exceeded")))
                .isInstanceOf(DiskFullException.class);
        assertThat(DiskErrors.at("write", file, 7, new IOException("Input/output error")))
                .isNotInstanceOf(DiskFullException.class);
        assertThat(DiskErrors.ofSync(file, new IOException("No space left on device")))
                .isNotInstanceOf(DiskFullException.class);
    }
}
