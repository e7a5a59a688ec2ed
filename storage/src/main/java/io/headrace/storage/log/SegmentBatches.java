package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import java.io.IOException;

/** The batches of a sealed segment one after the other, each whole and with its checksum checked. Not thread-safe. */
public final class SegmentBatches implements AutoCloseable {
    private final LogSegment segment;
    private final FileRef ref;
    private final BatchScan scan;

    SegmentBatches(LogSegment segment, long fromOffset, int bufferBytes) throws IOException {
        this.segment = segment;
        long end = segment.sealedSizeBytes();
        this.ref = segment.log().acquire();
        try {
            long start = segment.startPosition(ref, fromOffset, end);
            this.scan = segment.scan(ref, start, end, Math.max(bufferBytes, RecordBatch.HEADER_SIZE_BYTES));
        } catch (IOException | RuntimeException e) {
            ref.release();
            throw e;
        }
    }

    /**
     * Moves to the next batch.
     *
     * @return false at the end
     * @throws CorruptLogException if there is something else than a batch
     */
    public boolean next() throws IOException {
        boolean found = scan.next();
        segment.check(scan);
        return found;
    }

    /**
     * The current batch, valid until the next move.
     *
     * @throws CorruptLogException if its checksum is wrong
     */
    public RecordBatch batch() throws IOException {
        RecordBatch batch = scan.batch();
        if (!batch.hasValidCrc()) {
            throw corrupt("the batch's checksum is wrong");
        }
        return batch;
    }

    /** An exception that names the place of the current batch. */
    public CorruptLogException corrupt(String problem) {
        return new CorruptLogException(
                segment.log().path(), scan.position(), scan.header().baseOffset(), problem);
    }

    @Override
    public void close() {
        ref.release();
    }
}
