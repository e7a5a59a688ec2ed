package io.headrace.protocol.records;

import io.headrace.protocol.ErrorCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the check of a produced batch found: accepted, with what the leader then writes into the header, or refused.
 *
 * @param error {@link ErrorCode#NONE} when accepted
 * @param formatRefused whether the first check refused it, {@link RecordBatchValidator#refusedFormat}
 * @param message what is wrong, for the client to read; null when accepted
 * @param recordErrors the records at fault, when single records are; the first {@link #RECORD_ERRORS_MAX} of them
 * @param maxTimestamp the batch's max timestamp as it must be stored, whatever the client's header says
 * @param maxTimestampOffsetDelta the first record that has it
 */
public record BatchVerdict(
        ErrorCode error,
        boolean formatRefused,
        @Nullable String message,
        List<RecordError> recordErrors,
        long maxTimestamp,
        int maxTimestampOffsetDelta) {
    /** One answer lists no more faulty records than this, so that a small bad batch cannot ask for a large answer. */
    public static final int RECORD_ERRORS_MAX = 1000;

    static final BatchVerdict HEADER_ACCEPTED = new BatchVerdict(ErrorCode.NONE, false, null, List.of(), -1, -1);

    /**
     * Why one record was refused.
     *
     * @param index the record's place in the batch, from 0
     */
    public record RecordError(int index, String message) {}

    static BatchVerdict accepted(long maxTimestamp, int maxTimestampOffsetDelta) {
        return new BatchVerdict(ErrorCode.NONE, false, null, List.of(), maxTimestamp, maxTimestampOffsetDelta);
    }

    static BatchVerdict refused(ErrorCode error, String message) {
        return new BatchVerdict(error, false, message, List.of(), -1, -1);
    }

    static BatchVerdict refusedFormat(ErrorCode error, String message) {
        return new BatchVerdict(error, true, message, List.of(), -1, -1);
    }

    public boolean isAccepted() {
        return error == ErrorCode.NONE;
    }
}
