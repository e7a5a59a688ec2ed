package io.headrace.benchmarks;

import io.headrace.protocol.records.Compression;
import io.headrace.storage.disk.RealDisk;
import io.headrace.storage.journal.Journal;
import io.headrace.storage.journal.JournalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One group commit with its fdatasync, on the disk that holds the temporary directory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JournalBenchmark {
    @Param({"1", "100"})
    public int batchesInGroup;

    private final UUID topic = new UUID(1, 2);
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private @Nullable Path directory;
    private @Nullable Journal journal;

    @Setup
    public void open() throws IOException {
        batch = Batches.batch(1, 1000, Compression.NONE);
        Path created = Files.createTempDirectory("journal-benchmark");
        directory = created;
        journal = Journal.open(new RealDisk(), created.resolve("journal"), JournalOptions.defaults(), 1, entry -> {});
    }

    @Benchmark
    public long commit() throws IOException {
        Journal open = Objects.requireNonNull(journal);
        for (int i = 0; i < batchesInGroup; i++) {
            open.stage((byte) 1, topic, i, 0, 61, batch.duplicate());
        }
        long sequence = open.commit();
        open.release(sequence);
        if (open.checkpointDue()) {
            open.prepareNext();
        }
        return sequence;
    }

    @TearDown
    public void close() throws IOException {
        if (journal != null && directory != null) {
            journal.close();
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
