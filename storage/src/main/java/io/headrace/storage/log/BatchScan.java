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
    /** Whether all of the file is read. */
    private final boolean readsAll;

    private final RecordBatch header = new RecordBatch();
    private ByteBuffer window;
    private long windowPosition;
    private long position;
    private long nextPosition;
    /** -1 as long as nothing is written. */
    private long rewrittenTo = -1;

    private @Nullable String problem;
    private @Nullable ByteBuffer chunk;

    /**
     * @param start the position of a batch
     * @param end where the last batch ends
     */
    BatchScan(DiskFile file, long start, long end, int windowBytes) {
        this(file, start, end, windowBytes, ByteBuffer.allocate(0), false);
    }

    private BatchScan(DiskFile file, long start, long end, int windowBytes, ByteBuffer window, boolean readsAll) {
        this.file = file;
        this.end = end;
        this.windowBytes = windowBytes;
        this.window = window;
        this.readsAll = readsAll;
        this.position = start;
        this.nextPosition = start;
        this.windowPosition = start;
    }

    /**
     * A walk that reads everything and, from where {@link #beginRewriting} says, writes it again: each batch after the move
     * to the next one, or with {@link #rewritePassed}. After a failed sync the page cache may show bytes that the disk never
     * got, and take them for clean, so that another sync would pass them over.
     *
     * @param buffer what to read through; the caller has it back when it does not use the walk any more
     */
    static BatchScan rewriting(DiskFile file, long start, long end, ByteBuffer buffer) {
        return new BatchScan(file, start, end, buffer.capacity(), buffer.clear().limit(0), true);
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
            read((int) Math.min(wantedBytes(lastSize), end - position));
            at = 0;
        }
        header.wrap(window, (int) at);
    }

    private int wantedBytes(int lastSize) {
        if (readsAll) {
            return windowBytes;
        }
        if (lastSize == 0) {
            return Math.min(windowBytes, SMALL_WINDOW_BYTES); // tells whether batches are large
        }
        // After a large batch the next is likely large too, and maybe only its header is of interest.
        return lastSize > Math.min(windowBytes, LARGE_BATCH_BYTES) ? RecordBatch.HEADER_SIZE_BYTES : windowBytes;
    }

    private void read(int count) throws IOException {
        rewritePassed();
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

    /** The current batch and those that follow are to be written again, if it is a {@link #rewriting} walk. */
    void beginRewriting() {
        if (readsAll && rewrittenTo < 0) {
            rewrittenTo = position;
        }
    }

    /**
     * Writes what lies before the current batch, or before the place where the walk has ended, if that is to be done and was
     * not done before.
     */
    void rewritePassed() throws IOException {
        if (rewrittenTo < 0 || rewrittenTo == position) {
            return;
        }
        if (rewrittenTo >= windowPosition && position <= windowPosition + window.limit()) {
            int from = (int) (rewrittenTo - windowPosition);
            file.write(window.slice(from, (int) (position - rewrittenTo)), rewrittenTo);
        } else {
            copyOnto(rewrittenTo, position);
        }
        rewrittenTo = position;
    }

    /** For batches that are larger than the window. */
    private void copyOnto(long from, long to) throws IOException {
        for (long next = from; next < to; ) {
            ByteBuffer part = chunk().limit((int) Math.min(LARGE_WINDOW_BYTES, to - next));
            file.read(part, next);
            int size = part.flip().remaining();
            if (size == 0) {
                throw new IOException("The file has become shorter while it was read");
            }
            file.write(part, next);
            next += size;
        }
    }

    /** Whether the current batch's checksum is right. Reads it a part at a time, whatever length it claims. */
    boolean hasValidCrc() throws IOException {
        int size = header.sizeBytes();
        long at = position - windowPosition;
        if (readsAll && at > 0 && at + size > window.limit() && size <= windowBytes) {
            read((int) Math.min(windowBytes, end - position));
            header.wrap(window, 0);
            at = 0;
        }
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
