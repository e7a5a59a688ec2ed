package io.headrace.systemtests.harness;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Debian's kcat, pointed at one broker. */
public final class Kcat {
    private static final long LIMIT_MS = 60_000;

    private final Broker broker;

    /** Skips the test, or fails it where clients are required, when kcat is not installed. */
    public Kcat(Broker broker) {
        Installed.program("kcat", "kcat");
        this.broker = broker;
    }

    /** Runs kcat and fails the test when it does not end with status 0. */
    public Command run(String... arguments) {
        return run(new byte[0], arguments);
    }

    /** As {@link #run(String...)} with {@code input} on standard input. */
    public Command run(byte[] input, String... arguments) {
        return Command.run(LIMIT_MS, input, command(arguments)).expectSuccess();
    }

    /** Produces one record for each line of {@code lines}. */
    public void produce(String topic, String lines, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-P", "-t", topic));
        all.addAll(List.of(arguments));
        run(lines.getBytes(StandardCharsets.UTF_8), all.toArray(String[]::new));
    }

    /** Consumes to the end of the partitions; the printed lines. */
    public List<String> consume(String topic, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-C", "-t", topic, "-e", "-q"));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new)).lines();
    }

    /** The whole command line, for a kcat that the test starts itself. */
    public List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", broker.bootstrap()));
        command.addAll(List.of(arguments));
        return command;
    }
}
