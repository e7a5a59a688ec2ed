package io.headrace.protocol.records;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.BatchVerdict.RecordError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the records that a Produce request (version 3 and later) carries for one partition may be appended.
 *
 * <p>Answers as Kafka 4.3.1 does, with these exceptions, all for input that no client library sends: offset deltas that
 * do not count 0, 1, 2, ... are refused (Kafka rewrites such a batch when it is compressed and stores it as it is
 * otherwise); a batch that a client stamped with the log append time is refused on every topic, not only on those of that
 * timestamp type; what makes Kafka answer UNKNOWN_SERVER_ERROR gets a precise error.
 *
 * <p>Changes nothing in the batch and, accepting an uncompressed one, allocates only the verdict. Not thread-safe: each
 * thread has its own.
 */
public final class RecordBatchValidator {
    /** The first produce version whose clients may send zstd (KIP-110). */
    private static final short ZSTD_PRODUCE_VERSION = 7;
    /** Below this a length field cannot belong to a batch of any format, ever. */
    private static final int LENGTH_MIN = 14;

    private final RecordBatch batch = new RecordBatch();
    private final RecordCursor cursor = new RecordCursor();

    /**
     * Checks everything: {@link #checkHeader}, then {@link #checkRecords}.
     *
     * @param produced the batch from the buffer's position to its limit; neither changes. Fewer bytes than another batch
     *     would need may follow the first one and are no part of it: append {@link RecordBatch#sizeBytes} and no more
     * @param produceVersion version of the Produce request
     */
    public BatchVerdict validate(ByteBuffer produced, short produceVersion, BatchRules rules, long nowMs) {
        BatchVerdict header = checkHeader(produced, produceVersion, rules);
        if (!header.isAccepted()) {
            return header;
        }
        return checkRecords(batch, rules, nowMs);
    }

    /**
     * The checks that look at the header, the size and the checksum but not at single records. An accepting verdict says
     * nothing about timestamps yet.
     */
    public BatchVerdict checkHeader(ByteBuffer produced, short produceVersion, BatchRules rules) {
        BatchVerdict refusal = refusedFormat(produced, produceVersion);
        if (refusal == null) {
            refusal = checkSizeAndChecksum(rules);
        }
        if (refusal == null) {
            refusal = checkClaims();
        }
        return refusal == null ? BatchVerdict.HEADER_ACCEPTED : refusal;
    }

    /**
     * The first of the checks alone: whether there is one batch, of a format that this version of Produce may send. Kafka looks
     * at this before anything that depends on the topic.
     *
     * @return null if so, else why not
     */
    public @Nullable BatchVerdict refusedFormat(ByteBuffer produced, short produceVersion) {
        batch.wrap(produced, produced.position());
        return checkOneBatch(produceVersion);
    }

    private @Nullable BatchVerdict checkOneBatch(short produceVersion) {
        switch (look(0)) {
            case NOTHING:
                return BatchVerdict.refusedFormat(
                        ErrorCode.INVALID_RECORD, "A partition's data must hold a record batch");
            case GARBAGE:
                return BatchVerdict.refusedFormat(
                        ErrorCode.CORRUPT_MESSAGE, "The data is no record batch of a known format");
            case BATCH:
                break;
        }
        if (batch.magic() != RecordBatch.MAGIC) {
            return BatchVerdict.refusedFormat(
                    ErrorCode.INVALID_RECORD, "Record batches must be of format 2, not " + batch.magic());
        }
        if (produceVersion < ZSTD_PRODUCE_VERSION && batch.compressionId() == Compression.ZSTD.id()) {
            return BatchVerdict.refusedFormat(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "Produce version " + produceVersion + " does not allow zstd");
        }
        return switch (look(batch.sizeBytes())) {
            case NOTHING -> null;
            case GARBAGE ->
                BatchVerdict.refusedFormat(
                        ErrorCode.CORRUPT_MESSAGE, "The bytes after the record batch are of no known format");
            case BATCH ->
                BatchVerdict.refusedFormat(
                        ErrorCode.INVALID_RECORD, "A partition's data must hold one record batch only");
        };
    }

    private enum Found {
        NOTHING,
        GARBAGE,
        BATCH
    }

    /** What lies {@code distance} bytes behind the start of the batch, as far as its first 17 bytes show. */
    private Found look(int distance) {
        int available = batch.availableBytes() - distance;
        if (available < RecordBatch.LENGTH_OVERHEAD_BYTES) {
            return Found.NOTHING;
        }
        int start = batch.position() + distance;
        int length = batch.buffer().getInt(start + RecordBatch.LENGTH_POSITION);
        if (length < LENGTH_MIN) {
            return Found.GARBAGE;
        }
        if (available <= RecordBatch.MAGIC_POSITION) {
            return Found.NOTHING;
        }
        byte magic = batch.buffer().get(start + RecordBatch.MAGIC_POSITION);
        if (magic < 0 || magic > RecordBatch.MAGIC) {
            return Found.GARBAGE;
        }
        return length > available - RecordBatch.LENGTH_OVERHEAD_BYTES ? Found.NOTHING : Found.BATCH;
    }

    private @Nullable BatchVerdict checkSizeAndChecksum(BatchRules rules) {
        if (batch.baseOffset() != 0) {
            return BatchVerdict.refused(
                    ErrorCode.INVALID_RECORD, "The base offset must be 0, not " + batch.baseOffset());
        }
        if (batch.sizeBytes() > rules.batchBytesMax()) {
            return BatchVerdict.refused(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "The record batch of " + batch.sizeBytes() + " bytes exceeds the topic's limit of "
                            + rules.batchBytesMax());
        }
        if (batch.sizeBytes() < RecordBatch.HEADER_SIZE_BYTES) {
            return BatchVerdict.refused(ErrorCode.CORRUPT_MESSAGE, "The record batch ends within its header");
        }
        if (!batch.hasValidCrc()) {
            return BatchVerdict.refused(ErrorCode.CORRUPT_MESSAGE, "The record batch fails its checksum");
        }
        return null;
    }

    private @Nullable BatchVerdict checkClaims() {
        int count = batch.recordCount();
        int lastOffsetDelta = batch.lastOffsetDelta();
        if (count <= 0 || count - 1 != lastOffsetDelta) {
            return BatchVerdict.refused(
                    ErrorCode.INVALID_RECORD,
                    "The record batch claims " + count + " records and a last offset delta of " + lastOffsetDelta);
        }
        if (batch.isControl()) {
            return BatchVerdict.refused(ErrorCode.INVALID_RECORD, "Clients may not write control records");
        }
        if (batch.hasProducerId() && batch.baseSequence() < 0) {
            return BatchVerdict.refused(
                    ErrorCode.INVALID_RECORD,
                    "Producer " + batch.producerId() + " sent the negative sequence number " + batch.baseSequence());
        }
        if (batch.compressionId() > Compression.ZSTD.id()) {
            return BatchVerdict.refused(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "Unknown compression codec " + batch.compressionId());
        }
        return null;
    }

    /**
     * Walks the records of a batch whose header has been accepted. An accepting verdict carries the max timestamp to store
     * with {@link RecordBatch#setMaxTimestamp}: the records' own, or {@code nowMs} if the topic wants the log append time.
     */
    public BatchVerdict checkRecords(RecordBatch checked, BatchRules rules, long nowMs) {
        try (RecordCursor records = cursor.open(checked, rules.decompressionLimit())) {
            return walk(records, checked.timestampType(), rules, nowMs);
        } catch (InvalidBatchException e) {
            return BatchVerdict.refused(errorFor(e.reason()), String.valueOf(e.getMessage()));
        }
    }

    private static BatchVerdict walk(
            RecordCursor records, TimestampType batchTimestampType, BatchRules rules, long nowMs) {
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        int maxTimestampOffsetDelta = 0;
        @Nullable RefusedRecords refused = null;
        while (records.next()) {
            if (records.offsetDelta() != records.index()) {
                throw RecordParser.invalid("Record " + records.index() + " has the offset delta "
                        + records.offsetDelta() + "; they must count up from 0");
            }
            long timestamp = records.timestamp();
            if (timestamp > maxTimestamp) {
                maxTimestamp = timestamp;
                maxTimestampOffsetDelta = records.index();
            }
            if ((rules.keysRequired() && !records.hasKey())
                    || batchTimestampType == TimestampType.LOG_APPEND_TIME
                    || !rules.allowsTimestamp(timestamp, nowMs)) {
                refused = refused == null ? new RefusedRecords() : refused;
                refused.add(records, batchTimestampType, rules, nowMs);
            }
        }
        if (refused != null) {
            return refused.verdict();
        }
        return rules.timestampType() == TimestampType.LOG_APPEND_TIME
                ? BatchVerdict.accepted(nowMs, 0)
                : BatchVerdict.accepted(maxTimestamp, maxTimestampOffsetDelta);
    }

    private static ErrorCode errorFor(InvalidBatchException.Reason reason) {
        return switch (reason) {
            case INVALID_RECORD -> ErrorCode.INVALID_RECORD;
            case CORRUPT -> ErrorCode.CORRUPT_MESSAGE;
            case TOO_LARGE -> ErrorCode.MESSAGE_TOO_LARGE;
            case UNSUPPORTED_COMPRESSION -> ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
        };
    }

    /** Collects the records at fault; one with a wrong timestamp decides the error of the batch. */
    private static final class RefusedRecords {
        private final List<RecordError> errors = new ArrayList<>();
        private int count;
        private boolean anyTimestamp;

        void add(RecordCursor record, TimestampType batchTimestampType, BatchRules rules, long nowMs) {
            count++;
            boolean missesKey = rules.keysRequired() && !record.hasKey();
            anyTimestamp |= !missesKey;
            if (errors.size() < BatchVerdict.RECORD_ERRORS_MAX) {
                String message = missesKey
                        ? "A compacted topic takes no record without a key"
                        : timestampMessage(record, batchTimestampType, rules, nowMs);
                errors.add(new RecordError(record.index(), message));
            }
        }

        private static String timestampMessage(
                RecordCursor record, TimestampType batchTimestampType, BatchRules rules, long nowMs) {
            if (batchTimestampType == TimestampType.LOG_APPEND_TIME) {
                return "Clients may not set the timestamp type LogAppendTime";
            }
            return "Timestamp " + record.timestamp() + " is outside of " + (nowMs - rules.timestampBeforeMaxMs())
                    + " to " + (nowMs + rules.timestampAfterMaxMs());
        }

        BatchVerdict verdict() {
            ErrorCode error = anyTimestamp ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD;
            String message = anyTimestamp
                    ? "One or more records have an invalid timestamp"
                    : count + " records were refused, the first because: "
                            + errors.get(0).message();
            return new BatchVerdict(error, false, message, List.copyOf(errors), -1, -1);
        }
    }
}
