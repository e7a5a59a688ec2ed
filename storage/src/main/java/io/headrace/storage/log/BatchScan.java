package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Walks the batches of a segment file by their headers, reading no more than it must: a window at a time where batches are
 * small, headers alone where they are large. Not thread-safe.
 *
 * <pre>{@code
 * while (scan.next()) {
 *     use(scan.header(), scan.position());
 * }
 * if (scan.problem() != null) { ... }
 * }</pre>
 */
final class BatchScan {
    /** A few index intervals of small batches. */
    static final int SMALL_WINDOW_BYTES = 8 * 1024;
    /** For going through a whole segment. */
    static final int LARGE_WINDOW_BYTES = 256 * 1024;
    /** After a batch of this size, to read the next one's header alone costs less than to read on. */
    private static final int LARGE_BATCH_BYTES = 8 * 1024;

    private final DiskFile file;
    private final long end;
    private final int windowBytes;
    private final RecordBatch header = new RecordBatch();
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowPosition;
    private long position;
    private long nextPosition;
    private @Nullable String problem;
    private @Nullable ByteBuffer chunk;

    /**
     * @param start the position of a batch
     * @param end where the last batch ends
     */
    BatchScan(DiskFile file, long start, long end, int windowBytes) {
        this.file = file;
        this.end = end;
        this.windowBytes = windowBytes;
        this.position = start;
        this.nextPosition = start;
    }

    /** Moves to the next batch. False at the end, or where no whole batch lies: then {@link #problem} says so. */
    boolean next() throws IOException {
        if (problem != null) {
            return false;
        }
        if (nextPosition >= end) {
            position = nextPosition;
            return false;
        }
        int lastSize = (int) (nextPosition - position);
        position = nextPosition;
        if (end - position < RecordBatch.HEADER_SIZE_BYTES) {
            problem = "a batch header is cut short";
            return false;
        }
        aim(lastSize);
        problem = findProblem();
        if (problem != null) {
            return false;
        }
        nextPosition = position + header.sizeBytes();
        return true;
    }

    private void aim(int lastSize) throws IOException {
        long at = position - windowPosition;
        if (at < 0 || at + RecordBatch.HEADER_SIZE_BYTES > window.limit()) {
            // After a large batch the next is likely large too, and maybe only its header is of interest.
            boolean headerAlone = lastSize > Math.min(windowBytes, LARGE_BATCH_BYTES);
            int wanted = headerAlone ? RecordBatch.HEADER_SIZE_BYTES : windowBytes;
            read((int) Math.min(wanted, end - position));
            at = 0;
        }
        header.wrap(window, (int) at);
    }

    private void read(int count) throws IOException {
        ByteBuffer target = window.capacity() >= count ? window.clear().limit(count) : ByteBuffer.allocate(count);
        file.read(target, position);
        // A file that ends early reads as zeros, which are no batch.
        while (target.hasRemaining()) {
            target.put((byte) 0);
        }
        window = target.flip();
        windowPosition = position;
    }

    private @Nullable String findProblem() {
        if (header.magic() != RecordBatch.MAGIC) {
            return "the batch has magic " + header.magic();
        }
        if (header.lengthField() < RecordBatch.HEADER_SIZE_BYTES - RecordBatch.LENGTH_OVERHEAD_BYTES) {
            return "the batch claims a length of " + header.lengthField();
        }
        if (header.sizeBytes() > end - position) {
            return "a batch of " + header.sizeBytes() + " bytes is cut short";
        }
        if (header.baseOffset() < 0 || header.lastOffsetDelta() < 0) {
            return "the batch claims offsets from " + header.baseOffset() + " to " + header.lastOffset();
        }
        return null;
    }

    /** Where the current batch begins; after the end, or at a problem, where the next one would. */
    long position() {
        return position;
    }

    /** Where the current batch ends. */
    long nextPosition() {
        return nextPosition;
    }

    /** The current batch's header. Its records may not be there; see {@link #batch}. */
    RecordBatch header() {
        return header;
    }

    /** The whole current batch; its checksum is not yet checked. Valid until the next move. */
    RecordBatch batch() throws IOException {
        int size = header.sizeBytes();
        long at = position - windowPosition;
        if (at + size > window.limit()) {
            read(Math.max(size, (int) Math.min(windowBytes, end - position)));
            at = 0;
        }
        return header.wrap(window, (int) at);
    }

    /** Whether the current batch's checksum is right. Reads it a part at a time, whatever length it claims. */
    boolean hasValidCrc() throws IOException {
        int size = header.sizeBytes();
        long at = position - windowPosition;
        if (at + size <= window.limit()) {
            return header.hasValidCrc();
        }
        CRC32C crc = new CRC32C();
        ByteBuffer head = window.duplicate().position((int) at + RecordBatch.ATTRIBUTES_POSITION);
        crc.update(head);
        long end = position + size;
        for (long next = windowPosition + window.limit(); next < end; ) {
            ByteBuffer part = chunk().limit((int) Math.min(LARGE_WINDOW_BYTES, end - next));
            if (file.read(part, next) <= 0) {
                return false;
            }
            next += part.flip().remaining();
            crc.update(part);
        }
        return header.crc() == crc.getValue();
    }

    private ByteBuffer chunk() {
        ByteBuffer reused = chunk == null ? ByteBuffer.allocate(LARGE_WINDOW_BYTES) : chunk;
        chunk = reused;
        return reused.clear();
    }

    /** Why there is no next batch although the end is not reached; null if all is well. */
    @Nullable
    String problem() {
        return problem;
    }
}
