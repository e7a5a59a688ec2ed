package io.headrace.storage.log;

import io.headrace.protocol.wire.Payload;
import io.headrace.storage.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A run of whole record batches in a segment file, to be sent without copying. Keeps the file open, and its bytes as they
 * are, until {@link #release}d; whoever gets one must release it exactly once, or once more for each {@link #retain}.
 */
public final class FileSlice implements Payload {
    private final FileRef ref;
    private final long position;
    private final int sizeBytes;

    /** Takes over one use of {@code ref}. */
    FileSlice(FileRef ref, long position, int sizeBytes) {
        this.ref = ref;
        this.position = position;
        this.sizeBytes = sizeBytes;
    }

    /** The file; open until this slice is released. */
    public DiskFile file() {
        return ref.file();
    }

    /** Where in the file the bytes begin. */
    public long position() {
        return position;
    }

    @Override
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Reads all of it; {@code target} must have room for {@link #sizeBytes}. */
    public void readInto(ByteBuffer target) throws IOException {
        int limit = target.limit();
        target.limit(target.position() + sizeBytes);
        try {
            if (sizeBytes > 0 && file().read(target, position) != sizeBytes) {
                throw new EOFException("Segment file ends within bytes that were written to it");
            }
        } finally {
            target.limit(limit);
        }
    }

    /** Adds a user, who releases it separately. */
    public FileSlice retain() {
        ref.retain();
        return this;
    }

    /** The bytes are not needed any more. */
    public void release() {
        ref.release();
    }
}
