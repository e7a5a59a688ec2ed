package io.headrace.systemtests.faults;

import io.headrace.simulation.history.HistoryChecker;
import io.headrace.simulation.history.HistoryText;
import io.headrace.simulation.history.Operation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What all clients of a test saw, as a text file that the checker reads at the end, and people afterwards. */
final class HistoryFile implements AutoCloseable {
    private final Path path;
    private final BufferedWriter writer;
    private final long originNanos = System.nanoTime();

    HistoryFile(Path path) throws IOException {
        this.path = path;
        writer = Files.newBufferedWriter(path);
    }

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - originNanos);
    }

    synchronized void add(Operation operation) {
        try {
            writer.write(HistoryText.format(operation));
            writer.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A checker that was given everything. */
    HistoryChecker load() throws IOException {
        writer.flush();
        HistoryChecker checker = new HistoryChecker();
        try (Stream<String> lines = Files.lines(path)) {
            lines.filter(HistoryText::isOperation).map(HistoryText::parse).forEach(checker::add);
        }
        return checker;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
