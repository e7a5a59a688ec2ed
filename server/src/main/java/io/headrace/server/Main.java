package io.headrace.server;

import io.headrace.core.config.InvalidConfigException;
import io.headrace.server.config.ConfigLoader;
import io.headrace.server.config.LoadedConfig;
import io.headrace.storage.disk.DiskErrors;
import io.headrace.storage.disk.LockHeldException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.InvalidPathException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Runs a broker in the foreground until it is told to stop: {@code headrace start}. */
public final class Main {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private Main() {}

    /** Ends as the JVM does after a stop by signal, 143 for SIGTERM; exits with 1 when the broker cannot start or go on, 2 when the options are wrong. */
    public static void main(String[] args) throws InterruptedException {
        LogOutput.toStandardOutput();
        StartOptions options;
        try {
            options = StartOptions.parse(args);
        } catch (InvalidConfigException e) {
            System.err.println("headrace: " + e.getMessage());
            System.exit(EXIT_USAGE);
            return;
        }
        if (options.help()) {
            System.out.print(StartOptions.USAGE);
            return;
        }
        Broker broker = start(options);
        if (broker == null) {
            System.exit(EXIT_FAILED);
            return;
        }
        AtomicBoolean failed = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker, failed.get()), "shutdown"));
        broker.awaitFailure();
        failed.set(true);
        System.exit(EXIT_FAILED);
    }

    private static void stop(Broker broker, boolean failed) {
        Logger log = System.getLogger(Main.class.getName());
        log.log(Level.INFO, failed ? "Stopping after a failure" : "Stopping: the process was told to end by a signal");
        long startNanos = System.nanoTime();
        broker.close();
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        log.log(Level.INFO, "Broker {0} has stopped, in {1} ms", broker.nodeId(), tookMs);
    }

    private static @Nullable Broker start(StartOptions options) {
        Logger log = System.getLogger(Main.class.getName());
        try {
            LoadedConfig loaded = ConfigLoader.load(options.config(), System.getenv(), options.settings());
            for (String notice : loaded.notices()) {
                log.log(Level.WARNING, notice);
            }
            Broker broker = Broker.start(loaded, Clock.systemUTC());
            log.log(
                    Level.INFO,
                    "Broker " + broker.nodeId() + " is ready, " + ProcessAge.ofThisProcessMs()
                            + " ms after the start of its process");
            return broker;
        } catch (InvalidConfigException | InvalidPathException | UncheckedIOException | IOException e) {
            System.err.println("headrace: cannot start: " + why(e));
            return null;
        }
    }

    /** Why a broker did not start, on one line. */
    static String why(Exception failure) {
        Exception cause =
                failure instanceof UncheckedIOException && failure.getCause() instanceof IOException io ? io : failure;
        // The problems of a configuration come a line each.
        String why = cause instanceof IOException error
                ? DiskErrors.describe(error)
                : String.valueOf(cause.getMessage()).replace("\n", "; ");
        return LogOutput.onOneLine(
                cause instanceof LockHeldException ? "another process is using the data directory: " + why : why);
    }
}
