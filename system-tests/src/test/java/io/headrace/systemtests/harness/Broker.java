package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A broker process with a port and a data directory that stay the same over restarts.
 *
 * <p>Headrace, started by {@code bin/headrace}, unless {@code -Dbroker=kafka} asks for Apache Kafka, which is how a
 * test is itself tested. Everything it printed is in {@link #logFile()}; the files stay behind under
 * {@code target/brokers}.
 */
public final class Broker implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    // The first start on a machine makes the start-up cache before it serves.
    private static final long READY_WITHIN_MS = 240_000;
    private static final long STOPPED_WITHIN_MS = 60_000;

    private final BrokerKind kind;
    private final Path directory;
    private final int port;
    private final Map<String, String> settings;
    private final Map<String, String> environment = new TreeMap<>();
    private @Nullable Process process;

    private Broker(BrokerKind kind, Path directory, int port, Map<String, String> settings) {
        this.kind = kind;
        this.directory = directory;
        this.port = port;
        this.settings = settings;
    }

    /** A broker on a fresh data directory, not started yet; {@code settings} override the defaults for tests. */
    public static Broker create(Map<String, String> settings) {
        BrokerKind kind = BrokerKind.underTest();
        Path work = Path.of(System.getProperty("headrace.work", "target/brokers"));
        Path directory = work.resolve(kind.name().toLowerCase(Locale.ROOT) + "-"
                + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
        int port = freePort();
        Map<String, String> all = new TreeMap<>(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:" + port,
                "log.dirs", directory.resolve("data").toString(),
                "num.partitions", "4",
                "offsets.topic.replication.factor", "1",
                "group.initial.rebalance.delay.ms", "0",
                "group.min.session.timeout.ms", "1000"));
        all.putAll(kind.requiredSettings(port));
        all.putAll(settings);
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Broker(kind, directory, port, all);
    }

    /** A running broker that answers requests. */
    public static Broker started(Map<String, String> settings) {
        Broker broker = create(settings);
        broker.start();
        return broker;
    }

    /** Environment variables for each process from the next on. */
    void putEnvironment(Map<String, String> variables) {
        environment.putAll(variables);
    }

    /** Starts the process and waits until it answers ApiVersions and Metadata. */
    public void start() {
        startOn(port);
    }

    /** As {@link #start()}, for a broker whose settings make it listen on another port. */
    public void startOn(int port) {
        if (!servesOn(port)) {
            throw new AssertionError("the broker ended with status " + process().exitValue() + ":\n" + log());
        }
    }

    /** As {@link #start()}, for a broker that may refuse to: whether it answers, or has ended. */
    public boolean starts() {
        return servesOn(port);
    }

    private boolean servesOn(int port) {
        launch();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_WITHIN_MS);
        while (!Readiness.answers(port)) {
            if (!process().isAlive()) {
                return false;
            }
            if (System.nanoTime() > deadline) {
                kill();
                throw new AssertionError("the broker was not ready after " + READY_WITHIN_MS + " ms:\n" + log());
            }
            pause();
        }
        return true;
    }

    /** Starts the process without waiting for anything: for starts that are expected to fail. */
    public Process launch() {
        try {
            Path config = directory.resolve("server.properties");
            StringBuilder text = new StringBuilder();
            settings.forEach(
                    (key, value) -> text.append(key).append('=').append(value).append('\n'));
            Files.writeString(config, text);
            kind.prepare(config, directory);
            ProcessBuilder builder = new ProcessBuilder(kind.startCommand(config))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
            builder.environment().putAll(environment);
            Process started = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            process = started;
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process as a power cut of the process would: kill -9. */
    public void kill() {
        process().destroyForcibly();
        awaitEnd();
    }

    /** Asks the process to stop (SIGTERM) and waits for its end; the exit status. */
    public int stop() {
        process().destroy();
        return awaitEnd();
    }

    public void killAndRestart() {
        kill();
        start();
    }

    /** The exit status, once the process has ended. */
    public int awaitEnd() {
        try {
            if (!process().waitFor(STOPPED_WITHIN_MS, TimeUnit.MILLISECONDS)) {
                process().destroyForcibly();
                throw new AssertionError("the broker did not end within " + STOPPED_WITHIN_MS + " ms:\n" + log());
            }
            return process().exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public boolean isKafka() {
        return kind == BrokerKind.KAFKA;
    }

    /** The id of the process that was started last. */
    public long processId() {
        return process().pid();
    }

    public boolean isRunning() {
        return process != null && process().isAlive();
    }

    public int port() {
        return port;
    }

    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    public Path dataDirectory() {
        return Path.of(settings.getOrDefault("log.dirs", ""));
    }

    public Map<String, String> settings() {
        return settings;
    }

    public Path logFile() {
        return directory.resolve("broker.log");
    }

    /** Everything the process printed, its two streams in one. */
    public String log() {
        try {
            return Files.exists(logFile()) ? Files.readString(logFile()) : "(nothing was logged)";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (isRunning()) {
            kill();
        }
    }

    /** A port that was free a moment ago. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("the broker was never started");
        }
        return process;
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
