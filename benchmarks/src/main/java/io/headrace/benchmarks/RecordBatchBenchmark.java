package io.headrace.benchmarks;

import io.headrace.protocol.records.BatchRules;
import io.headrace.protocol.records.BatchVerdict;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchValidator;
import io.headrace.protocol.records.TimestampType;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a produced batch costs before it is queued, and the header fields that the log writer patches afterwards. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RecordBatchBenchmark {
    @Param({"1x100", "16x1000", "1000x100"})
    public String shape = "";

    private final RecordBatchValidator validator = new RecordBatchValidator();
    private final BatchRules rules = new BatchRules(
            1 << 20, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, DecompressionLimit.DEFAULT);
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private RecordBatch batch = new RecordBatch();

    @Setup
    public void build() {
        int by = shape.indexOf('x');
        ByteBuffer built = Batches.batch(
                Integer.parseInt(shape.substring(0, by)), Integer.parseInt(shape.substring(by + 1)), Compression.NONE);
        bytes = ByteBuffer.allocateDirect(built.remaining()).put(built).flip();
        batch = RecordBatch.of(bytes);
    }

    @Benchmark
    public boolean checkCrc() {
        return batch.hasValidCrc();
    }

    /** Everything that is checked, the checksum and each record's bounds included. */
    @Benchmark
    public BatchVerdict validate() {
        return validator.validate(bytes, (short) 12, rules, 1_700_000_000_000L);
    }

    @Benchmark
    public long patchHeader() {
        batch.setBaseOffset(12345);
        batch.setPartitionLeaderEpoch(7);
        return batch.nextOffset();
    }
}
