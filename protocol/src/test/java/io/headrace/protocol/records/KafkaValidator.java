package io.headrace.protocol.records;

import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Timer;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.SnappyError;

/**
 * What Kafka's broker says to a produced batch: its own request check and log validator, and between the two the size,
 * offset and checksum tests of its log, spelled out here as it has them in a private method.
 */
final class KafkaValidator {
    /**
     * @param error the code of the answer
     * @param failedRecords indexes of the records in its record errors
     * @param stored the batch as it would be stored, null when refused
     */
    record Answer(
            ErrorCode error,
            List<Integer> failedRecords,
            @Nullable ByteBuffer stored) {}

    private KafkaValidator() {}

    static Answer validate(ByteBuffer produced, short version, BatchRules rules, long nowMs) {
        MemoryRecords records = MemoryRecords.readableRecords(RandomBatches.copy(produced));
        try {
            ProduceRequest.validateRecords(version, records);
            MutableRecordBatch batch = records.batches().iterator().next();
            checkAsTheLogDoes(batch, rules);
            MemoryRecords validated = validator(records, batch, rules, nowMs)
                    .validateMessagesAndAssignOffsets(
                            PrimitiveRef.ofLong(0), new NoMetrics(), BufferSupplier.NO_CACHING)
                    .validatedRecords();
            return new Answer(ErrorCode.NONE, List.of(), validated.buffer());
        } catch (RecordValidationException e) {
            List<Integer> failed =
                    e.recordErrors().stream().map(KafkaValidator::index).toList();
            return new Answer(code(e.invalidException()), failed, null);
        } catch (RuntimeException | SnappyError e) {
            return new Answer(code(e), List.of(), null);
        }
    }

    private static int index(ProduceResponse.RecordError error) {
        return error.batchIndex;
    }

    private static ErrorCode code(Throwable e) {
        return ErrorCode.forCode(Errors.forException(e).code());
    }

    private static void checkAsTheLogDoes(MutableRecordBatch batch, BatchRules rules) {
        if (batch.baseOffset() != 0) {
            throw new InvalidRecordException("base offset");
        }
        if (batch.sizeInBytes() > rules.batchBytesMax()) {
            throw new RecordTooLargeException("size");
        }
        if (!batch.isValid()) {
            throw new CorruptRecordException("checksum");
        }
    }

    private static LogValidator validator(
            MemoryRecords records, MutableRecordBatch batch, BatchRules rules, long nowMs) {
        return new LogValidator(
                records,
                new TopicPartition("topic", 0),
                new FixedTime(nowMs),
                batch.compressionType(),
                org.apache.kafka.common.compress.Compression.of(batch.compressionType())
                        .build(),
                rules.keysRequired(),
                RecordBatch.MAGIC,
                org.apache.kafka.common.record.TimestampType.valueOf(
                        rules.timestampType().name()),
                rules.timestampBeforeMaxMs(),
                rules.timestampAfterMaxMs(),
                -1,
                AppendOrigin.CLIENT);
    }

    private static final class NoMetrics implements LogValidator.MetricsRecorder {
        @Override
        public void recordInvalidMagic() {}

        @Override
        public void recordInvalidOffset() {}

        @Override
        public void recordInvalidSequence() {}

        @Override
        public void recordInvalidChecksums() {}

        @Override
        public void recordNoKeyCompactedTopic() {}
    }

    private record FixedTime(long nowMs) implements Time {
        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return nowMs * 1_000_000;
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void waitObject(Object o, Supplier<Boolean> condition, long deadlineMs) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Timer timer(long timeoutMs) {
            throw new UnsupportedOperationException();
        }
    }
}
