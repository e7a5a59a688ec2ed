package io.headrace.storage.metadata;

import io.headrace.core.metadata.MetadataCodec;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A whole image in a file, replaced or created atomically.
 *
 * <pre>
 *  0  magic      long  "HRMETSNP"
 *  8  checksum   int   CRC-32C of what follows
 * 12  version    int   1
 * 16  payload
 * </pre>
 */
final class MetadataSnapshotFile {
    private static final long MAGIC = 0x48524D45_54534E50L;
    private static final int VERSION = 1;
    private static final int HEADER_SIZE_BYTES = 16;
    private static final int CHECKED_FROM = 12;
    private static final int SIZE_BYTES_MAX = 1 << 30;
    private static final int ELEMENTS_MAX = 100_000_000;

    private MetadataSnapshotFile() {}

    /** Writes an image, and returns its size in bytes when it is durable. */
    static int write(Disk disk, Path path, MetadataImage image) throws IOException {
        WireWriter out = new WireWriter();
        MetadataCodec.writeSnapshot(out, image);
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_SIZE_BYTES + out.size());
        bytes.putLong(MAGIC).putInt(0).putInt(VERSION).put(out.toByteArray());
        bytes.putInt(8, checksum(bytes.flip()));
        AtomicFile.replace(disk, path, bytes);
        return bytes.limit();
    }

    /**
     * Reads an image.
     *
     * @throws CorruptMetadataException when the file is damaged
     * @throws NewerMetadataException when a newer version wrote it
     */
    static MetadataImage read(Disk disk, Path path) throws IOException {
        ByteBuffer bytes = AtomicFile.read(disk, path, SIZE_BYTES_MAX);
        if (bytes == null
                || bytes.limit() < HEADER_SIZE_BYTES
                || bytes.getLong(0) != MAGIC
                || bytes.getInt(8) != checksum(bytes)) {
            throw new CorruptMetadataException(path, 0, "the checksum of the snapshot is wrong");
        }
        if (bytes.getInt(CHECKED_FROM) > VERSION) {
            throw new NewerMetadataException(path, "it has format " + bytes.getInt(CHECKED_FROM));
        }
        try {
            return MetadataCodec.readSnapshot(new WireReader(bytes.position(HEADER_SIZE_BYTES), ELEMENTS_MAX));
        } catch (MetadataCodec.NewerVersionException e) {
            throw new NewerMetadataException(path, String.valueOf(e.getMessage()));
        } catch (MalformedMessageException e) {
            throw new CorruptMetadataException(path, HEADER_SIZE_BYTES, String.valueOf(e.getMessage()));
        }
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(CHECKED_FROM, bytes.limit() - CHECKED_FROM));
        return (int) crc.getValue();
    }
}
