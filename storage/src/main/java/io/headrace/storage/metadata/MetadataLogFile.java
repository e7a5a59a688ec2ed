package io.headrace.storage.metadata;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of the metadata log: a header in the first sector, then frames one after another, then zeros. The zeros are
 * written ahead, since a sync after overwriting is far cheaper than one after growing.
 *
 * <pre>
 *  0  magic      long  "HRMETLOG"
 *  8  checksum   int   CRC-32C of what follows
 * 12  version    int   1
 * 16  salt       long  part of the checksums of this file's frames
 * 24  index      long  of the image before the first frame; also in the file's name
 * </pre>
 *
 * <p>Owned by the metadata thread.
 */
final class MetadataLogFile implements AutoCloseable {
    private static final long MAGIC = 0x48524D45544C4F47L;
    private static final int VERSION = 1;
    private static final int HEADER_SIZE_BYTES = 32;
    private static final int CHECKSUM_AT = 8;
    private static final int CHECKED_FROM = 12;
    private static final int SIZE_BYTES_MAX = 1 << 30;
    private static final int ALLOCATION_BYTES = 1 << 20;

    private final Path path;
    private final DiskFile file;
    private final long salt;
    private final long firstIndex;
    private long position;
    private long allocated;

    private MetadataLogFile(Path path, DiskFile file, long salt, long firstIndex, long position, long allocated) {
        this.path = path;
        this.file = file;
        this.salt = salt;
        this.firstIndex = firstIndex;
        this.position = position;
        this.allocated = allocated;
    }

    /** Creates a file without frames, or overwrites one that was not finished, and returns when that is durable. */
    static MetadataLogFile create(Disk disk, Path path, long salt, long firstIndex) throws IOException {
        DiskFile file = disk.open(path, OpenMode.CREATE);
        file.truncate(0);
        ByteBuffer bytes = ByteBuffer.allocate(ALLOCATION_BYTES);
        bytes.putLong(MAGIC).putInt(0).putInt(VERSION).putLong(salt).putLong(firstIndex);
        bytes.putInt(CHECKSUM_AT, headerChecksum(bytes));
        file.write(bytes.rewind(), 0);
        file.sync();
        disk.syncDirectory(parent(path));
        return new MetadataLogFile(path, file, salt, firstIndex, MetadataFrame.ALIGNMENT, ALLOCATION_BYTES);
    }

    /** What a file holds, ready to be appended to. */
    record Opened(MetadataLogFile file, List<MetadataFrame> frames) {}

    /**
     * Reads a file, and cuts what a power cut left of a write that was never acknowledged. What it returns is durable.
     *
     * @return null when the file was being created when the power went, so that nothing can be in it
     * @throws CorruptMetadataException when something is damaged that was acknowledged
     * @throws NewerMetadataException when a newer version wrote the file
     */
    static @Nullable Opened open(Disk disk, Path path, long expectedIndex) throws IOException {
        DiskFile file = disk.open(path, OpenMode.READ_WRITE);
        long size = file.sizeBytes();
        if (size > SIZE_BYTES_MAX) {
            throw new CorruptMetadataException(
                    path, SIZE_BYTES_MAX, "it has " + size + " bytes, more than it can have");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        file.read(bytes, 0);
        bytes.flip();
        if (!headerIsValid(bytes)) {
            file.close();
            checkNeverUsed(path, bytes);
            return null;
        }
        checkHeader(path, bytes, expectedIndex);
        long salt = bytes.getLong(16);
        List<MetadataFrame> frames = new ArrayList<>();
        int position = readFrames(bytes, salt, frames);
        checkNothingFollows(path, bytes, position, salt);
        MetadataLogFile opened = new MetadataLogFile(path, file, salt, expectedIndex, position, size);
        opened.settle(bytes, frames);
        return new Opened(opened, frames);
    }

    private static boolean headerIsValid(ByteBuffer bytes) {
        return bytes.limit() >= MetadataFrame.ALIGNMENT
                && bytes.getLong(0) == MAGIC
                && bytes.getInt(CHECKSUM_AT) == headerChecksum(bytes);
    }

    private static int headerChecksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(CHECKED_FROM, HEADER_SIZE_BYTES - CHECKED_FROM));
        return (int) crc.getValue();
    }

    /** The header is synced before the first frame is written: a bad one above frames is damage. */
    private static void checkNeverUsed(Path path, ByteBuffer bytes) throws CorruptMetadataException {
        for (int at = MetadataFrame.ALIGNMENT; at <= bytes.limit() - Integer.BYTES; at += MetadataFrame.ALIGNMENT) {
            if (bytes.getInt(at) == MetadataFrame.MAGIC) {
                throw new CorruptMetadataException(path, 0, "the header is wrong, but there are commands after it");
            }
        }
    }

    private static void checkHeader(Path path, ByteBuffer bytes, long expectedIndex) throws IOException {
        int version = bytes.getInt(CHECKED_FROM);
        if (version > VERSION) {
            throw new NewerMetadataException(path, "it has format " + version + ", this version knows only " + VERSION);
        }
        if (bytes.getLong(24) != expectedIndex) {
            throw new CorruptMetadataException(
                    path, 24, "it begins at index " + bytes.getLong(24) + ", its name says " + expectedIndex);
        }
    }

    private static int readFrames(ByteBuffer bytes, long salt, List<MetadataFrame> frames) {
        int position = MetadataFrame.ALIGNMENT;
        MetadataFrame frame = MetadataFrame.decode(bytes, position, salt);
        while (frame != null) {
            frames.add(frame);
            position += frame.sizeOnDisk();
            frame = position < bytes.limit() ? MetadataFrame.decode(bytes, position, salt) : null;
        }
        return position;
    }

    /** A frame is written only when all before it are synced, so one that is whole proves those before it were. */
    private static void checkNothingFollows(Path path, ByteBuffer bytes, int position, long salt)
            throws CorruptMetadataException {
        for (int at = position + MetadataFrame.ALIGNMENT; at < bytes.limit(); at += MetadataFrame.ALIGNMENT) {
            if (MetadataFrame.decode(bytes, at, salt) != null) {
                throw new CorruptMetadataException(
                        path, position, "the commands there cannot be read, those at " + at + " can");
            }
        }
    }

    /**
     * Makes what was read durable before anything builds on it. If the last process died of a failed sync, the header or the
     * last frame may be in the page cache alone, and count as clean there, so that they have to be written again; all
     * frames before the last one were synced before that was written.
     */
    private void settle(ByteBuffer bytes, List<MetadataFrame> frames) throws IOException {
        file.write(bytes.slice(0, MetadataFrame.ALIGNMENT), 0);
        if (!frames.isEmpty()) {
            int size = frames.get(frames.size() - 1).sizeOnDisk();
            file.write(
                    bytes.slice((int) position - size, Math.min(size, bytes.limit() - (int) position + size)),
                    position - size);
        }
        clearTail(bytes);
        file.sync();
    }

    /** Turns what was torn back into zeros, so that it cannot be taken for damage after the next frame. */
    private void clearTail(ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        while (end > position && bytes.get(end - 1) == 0) {
            end--;
        }
        if (end > position) {
            file.write(ByteBuffer.allocate((int) (end - position)), position);
        }
    }

    /** Appends a frame, and returns when it is durable. */
    void append(MetadataFrame frame) throws IOException {
        ByteBuffer bytes = frame.encode(salt);
        int size = bytes.remaining();
        if (position + size > allocated) {
            int more = Math.max(ALLOCATION_BYTES, size);
            file.write(ByteBuffer.allocate(more), allocated);
            allocated += more;
        }
        file.write(bytes, position);
        file.sync();
        position += size;
    }

    /** The bytes in use. */
    long sizeBytes() {
        return position;
    }

    /** The index of the image before the first frame. */
    long firstIndex() {
        return firstIndex;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? Path.of("") : parent;
    }
}
