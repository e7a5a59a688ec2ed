package io.headrace.benchmarks;

import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.WireReader;
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

/** Decoding of a Produce request: the records are passed through, so its cost should not grow with their size. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProduceDecodeBenchmark {
    @Param({"1", "50"})
    public int partitions;

    @Param({"8", "12"})
    public short version;

    private ByteBuffer request = ByteBuffer.allocate(0);

    @Setup
    public void encode() {
        ByteBuffer batch = Batches.batch(16, 1000, Compression.NONE);
        List<ProduceRequest.PartitionProduceData> data = IntStream.range(0, partitions)
                .mapToObj(index -> new ProduceRequest.PartitionProduceData()
                        .setIndex(index)
                        .setRecords(new BufferPayload(batch.duplicate())))
                .toList();
        WireWriter writer = new WireWriter();
        new ProduceRequest()
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTopicData(List.of(
                        new ProduceRequest.TopicProduceData().setName("orders").setPartitionData(data)))
                .write(writer, version);
        request = ByteBuffer.wrap(writer.toByteArray());
    }

    @Benchmark
    public ProduceRequest decode() {
        return ProduceRequest.read(new WireReader(request.duplicate()), version);
    }
}
