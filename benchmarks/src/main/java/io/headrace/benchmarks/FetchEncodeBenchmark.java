package io.headrace.benchmarks;

import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** Encoding of a Fetch response: the records are handed on by reference. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FetchEncodeBenchmark {
    private static final short VERSION = 12;

    @Param({"1", "50"})
    public int partitions;

    private final WireWriter writer = new WireWriter();
    private FetchResponse response = new FetchResponse();

    @Setup
    public void build() {
        ByteBuffer batch = Batches.batch(1000, 1000, Compression.NONE);
        List<FetchResponse.PartitionData> data = IntStream.range(0, partitions)
                .mapToObj(index -> new FetchResponse.PartitionData()
                        .setPartitionIndex(index)
                        .setHighWatermark(1000)
                        .setLastStableOffset(1000)
                        .setLogStartOffset(0)
                        .setRecords(new BufferPayload(batch)))
                .toList();
        response = new FetchResponse()
                .setSessionId(1)
                .setResponses(List.of(new FetchResponse.FetchableTopicResponse()
                        .setTopic("orders")
                        .setPartitions(data)));
    }

    @Benchmark
    public List<Payload> encode() {
        writer.reset();
        response.write(writer, VERSION);
        return writer.parts();
    }
}
