package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.simulation.history.HistoryReader;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.CompiledC;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Clients on librdkafka, each a process of {@code src/test/c/recorded.c} that writes a history of its own: a producer, one with
 * transactions, and a reader. They can be killed; others with new numbers take their places.
 */
final class LibrdkafkaClients implements AutoCloseable {
    /** What a client does; the name is the program's word for it. */
    enum Role {
        PRODUCER,
        TRANSACTIONS,
        READER;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Learns of records that were acknowledged. */
    @FunctionalInterface
    interface Acknowledgements {
        void acknowledged(int partition, long offset);
    }

    private static final int FIRST_PROCESS = 20;
    private static final long ENDED_WITHIN_SECONDS = 120;

    private final Broker broker;
    private final String topic;
    private final int partitions;
    private final Path program;
    private final Map<Role, Process> running = new LinkedHashMap<>();
    private final List<Path> histories = new ArrayList<>();

    /** Compiles the program; the calling test is skipped where that is not possible. */
    LibrdkafkaClients(Broker broker, String topic, int partitions) {
        this.broker = broker;
        this.topic = topic;
        this.partitions = partitions;
        this.program = CompiledC.librdkafkaProgram("recorded");
    }

    void start() {
        for (Role role : Role.values()) {
            launch(role);
        }
    }

    private void launch(Role role) {
        int number = FIRST_PROCESS + histories.size();
        Path history = broker.logFile().resolveSibling("librdkafka-" + number + ".txt");
        histories.add(history);
        List<String> command = List.of(
                program.toString(),
                role.word(),
                broker.bootstrap(),
                topic,
                String.valueOf(partitions),
                String.valueOf(number),
                history.toString());
        try {
            Files.createFile(history);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log(role).toFile()))
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            running.put(role, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(Role role) {
        return broker.logFile().resolveSibling("librdkafka-" + role.word() + ".log");
    }

    /** kill -9 of one of them, in whose place another begins. */
    void killAndReplace(Role role) {
        Process process = running.get(role);
        if (process == null || !process.isAlive()) {
            throw new AssertionError("the " + role.word() + " has ended: " + said(role));
        }
        process.destroyForcibly();
        awaitEnd(role, process);
        launch(role);
    }

    /** Ends those that write, once all they sent is acknowledged, and tells of every acknowledged record. */
    void finishWriters(Acknowledgements acknowledgements) throws IOException {
        stop(Role.PRODUCER);
        stop(Role.TRANSACTIONS);
        HistoryReader reader = new HistoryReader(operation -> {
            if (operation.outcome() == Outcome.OK) {
                operation.steps().stream()
                        .filter(step -> step.action() == Action.SEND && step.offset() != Operation.NO_OFFSET)
                        .forEach(step -> acknowledgements.acknowledged(partition(step), step.offset()));
            }
        });
        for (Path history : histories) {
            reader.file(history);
        }
    }

    private static int partition(Step step) {
        return Integer.parseInt(step.key().substring(step.key().lastIndexOf('-') + 1));
    }

    /** Ends the one that reads, once it has read to the end, and requires that all of them did what they are for. */
    void finishReader() throws IOException {
        stop(Role.READER);
        TreeMap<String, Integer> counts = new TreeMap<>();
        HistoryReader reader = new HistoryReader(operation -> counts.merge(name(operation), 1, Integer::sum));
        for (Path history : histories) {
            reader.file(history);
        }
        reader.end();
        System.out.println("librdkafka: " + counts);
        assertThat(counts)
                .containsKeys(
                        name(Kind.SEND, Outcome.OK),
                        name(Kind.TRANSACTION, Outcome.OK),
                        name(Kind.TRANSACTION, Outcome.FAIL),
                        name(Kind.POLL, Outcome.OK),
                        name(Kind.COMMIT, Outcome.OK),
                        name(Kind.COMMITTED, Outcome.OK));
    }

    private static String name(Operation operation) {
        return name(operation.kind(), operation.outcome());
    }

    private static String name(Kind kind, Outcome outcome) {
        return kind + " " + outcome;
    }

    private void stop(Role role) {
        Process process = running.get(role);
        if (process == null) {
            throw new IllegalStateException("never started");
        }
        process.destroy();
        awaitEnd(role, process);
        if (process.exitValue() != 0) {
            throw new AssertionError("the " + role.word() + " ended with " + process.exitValue() + ": " + said(role));
        }
    }

    private void awaitEnd(Role role, Process process) {
        try {
            if (!process.waitFor(ENDED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the " + role.word() + " did not end: " + said(role));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String said(Role role) {
        try {
            return Files.readString(log(role));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Path> histories() {
        return histories;
    }

    @Override
    public void close() {
        running.values().forEach(Process::destroyForcibly);
    }
}
