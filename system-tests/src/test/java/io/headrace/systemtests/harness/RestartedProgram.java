package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that is started again whenever it has ended, as a service would be, and that can be killed.
 *
 * <p>What it prints is in a file beside the broker's log.
 */
public final class RestartedProgram implements AutoCloseable {
    private static final long ENDED_WITHIN_SECONDS = 30;

    private final List<String> command;
    private final Path log;
    private Process process;

    /**
     * Starts the program.
     *
     * @param name what its log is called
     */
    public RestartedProgram(Broker broker, String name, List<String> command) {
        this.command = command;
        this.log = broker.logFile().resolveSibling(name + ".log");
        this.process = launch();
    }

    private Process launch() {
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void startIfEnded() {
        if (!process.isAlive()) {
            process = launch();
        }
    }

    /** Ends the program by kill -9. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(ENDED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the program did not end: " + command);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
