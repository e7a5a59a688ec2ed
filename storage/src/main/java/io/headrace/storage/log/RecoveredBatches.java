package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import java.util.Arrays;

/**
 * The batches past the recovery point that were found whole when a log was opened, so that who has the same batches elsewhere
 * can tell without reading them once more. Owned by the log's writer.
 */
public final class RecoveredBatches {
    private static final int CHUNK = 64;

    private final RecoveryMemory memory;
    private long firstOffset = -1;
    /** Base offsets, less the first one; ascending. */
    private int[] offsets = {};
    /** Checksum and length of each. */
    private long[] contents = {};

    private int count;
    private int reserved;
    private boolean full;
    /** Where the next one is expected that is asked for. */
    private int next;

    RecoveredBatches(RecoveryMemory memory) {
        this.memory = memory;
    }

    /** Notes the next batch. */
    void add(RecordBatch batch) {
        if (count == 0) {
            firstOffset = batch.baseOffset();
        }
        long relative = batch.baseOffset() - firstOffset;
        if (full || relative > Integer.MAX_VALUE || !makeRoom()) {
            full = true;
            return;
        }
        offsets[count] = (int) relative;
        contents[count] = contentOf(batch);
        count++;
    }

    private boolean makeRoom() {
        if (count < reserved) {
            return true;
        }
        int more = Math.max(CHUNK, count);
        if (!memory.reserve(more)) {
            return false;
        }
        reserved += more;
        offsets = Arrays.copyOf(offsets, reserved);
        contents = Arrays.copyOf(contents, reserved);
        return true;
    }

    private static long contentOf(RecordBatch batch) {
        return batch.crc() << 32 | batch.lengthField();
    }

    /** Whether this very batch is in the log at its offset; false if that is not known. */
    public boolean contains(RecordBatch batch) {
        long relative = batch.baseOffset() - firstOffset;
        if (count == 0 || relative < 0 || relative > Integer.MAX_VALUE) {
            return false;
        }
        int index = next;
        if (index >= count || offsets[index] != relative) {
            index = Arrays.binarySearch(offsets, 0, count, (int) relative);
        }
        if (index < 0) {
            return false;
        }
        next = index + 1;
        return contents[index] == contentOf(batch);
    }

    /** Forgets all of them: nobody asks any more, or the log has changed. */
    public void forget() {
        count = 0;
        full = true;
        offsets = new int[0];
        contents = new long[0];
    }
}
