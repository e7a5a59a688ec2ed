package io.headrace.systemtests.faults;

import io.headrace.simulation.history.HistoryChecker;
import io.headrace.simulation.history.HistoryReader;
import io.headrace.simulation.history.HistoryText;
import io.headrace.simulation.history.Operation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.TimeUnit;

/** What all clients of a test saw, as a text file that the checker reads at the end, and people afterwards. */
final class HistoryFile implements AutoCloseable {
    private final Path path;
    private final BufferedWriter writer;

    HistoryFile(Path path) throws IOException {
        this.path = path;
        writer = Files.newBufferedWriter(path);
    }

    /** The time on the clock that all processes of the machine share and that never jumps. */
    static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    synchronized void add(Operation operation) {
        try {
            writer.write(HistoryText.format(operation));
            writer.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A checker that was given everything, and what clients in other processes wrote. */
    HistoryChecker load(Collection<Path> others) throws IOException {
        writer.flush();
        HistoryChecker checker = new HistoryChecker();
        HistoryReader reader = new HistoryReader(checker::add);
        reader.file(path);
        for (Path other : others) {
            reader.file(other);
        }
        reader.end();
        return checker;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
