package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * System calls of a running broker that fail, by strace.
 *
 * <p>Where processes may not be traced the calling test is skipped or fails, as {@link Installed} says. {@link #close} lets go of the broker.
 */
public final class InjectedFault implements AutoCloseable {
    private final Process strace;
    private final Path trace;

    private InjectedFault(Process strace, Path trace) {
        this.strace = strace;
        this.trace = trace;
    }

    /**
     * Makes calls fail from now on.
     *
     * @param calls names of system calls with commas between them
     * @param how strace's words for the fault, such as {@code error=EIO:when=1}: the first call of each thread
     * @param paths only calls on these files; on any if there are none
     */
    public static InjectedFault attach(Broker broker, String calls, String how, List<Path> paths) {
        Installed.program("strace", "strace");
        Path trace = broker.logFile().resolveSibling(Names.unique("strace"));
        List<String> command = new ArrayList<>(List.of(
                "strace",
                "-f",
                "-y",
                "-o",
                trace.toString(),
                "-e",
                "trace=" + calls,
                "-e",
                "inject=" + calls + ":" + how));
        for (Path path : paths) {
            command.add("-P");
            command.add(path.toAbsolutePath().normalize().toString());
        }
        command.add("-p");
        command.add(String.valueOf(broker.processId()));
        try {
            Path said = broker.logFile().resolveSibling(Names.unique("strace-said"));
            Process strace = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(strace::destroyForcibly));
            InjectedFault fault = new InjectedFault(strace, trace);
            fault.awaitAttached(said);
            return fault;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAttached(Path said) throws IOException {
        Await.until(
                "strace attached",
                Duration.ofSeconds(30),
                () -> !strace.isAlive() || Files.readString(said).contains(" attached"));
        if (!strace.isAlive()) {
            Installed.missing("no process can be traced on this machine: " + Files.readString(said));
        }
    }

    /** The calls so far, a line each. */
    public List<String> calls() {
        try {
            return Files.readAllLines(trace);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many calls were made to fail. */
    public long failedCalls() {
        return calls().stream().filter(line -> line.contains("(INJECTED)")).count();
    }

    /** Stops interfering; the broker goes on. */
    @Override
    public void close() {
        strace.destroy();
        try {
            if (!strace.waitFor(30, TimeUnit.SECONDS)) {
                strace.destroyForcibly();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
