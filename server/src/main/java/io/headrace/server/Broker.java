package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.Listener;
import io.headrace.network.loop.NetworkLoops;
import io.headrace.network.server.FrameServer;
import io.headrace.network.server.NetworkCounters;
import io.headrace.server.config.LoadedConfig;
import io.headrace.server.dispatch.RequestCounters;
import io.headrace.server.dispatch.RequestDispatcher;
import io.headrace.server.dispatch.RequestGate;
import io.headrace.storage.LogStore;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskErrors;
import io.headrace.storage.disk.DiskLock;
import io.headrace.storage.disk.RealDisk;
import io.headrace.storage.metadata.LocalMetadataLog;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One broker: everything it is made of, put together here and nowhere else.
 *
 * <p>{@link #start} returns when clients are served. {@link #close} stops in order; after it the next start has nothing to
 * recover.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Broker.class.getName());
    private static final long TICK_MS = 10_000;
    /** A disk does this many syncs at a time in little more than the time of one; idle threads end. */
    private static final int IO_THREADS = 8;

    private static final String LOCK = ".lock";

    private final BrokerConfig config;
    private final @Nullable String clusterIdIfNew;
    private final Clock clock;
    private final Disk disk = new RealDisk();
    private final CountDownLatch failed = new CountDownLatch(1);
    private final List<Part> started = new ArrayList<>();
    private final Map<String, Integer> ports = new HashMap<>();
    private final RequestCounters requestCounters = new RequestCounters();
    private @Nullable FrameServer frameServer;

    /** Something that was started, and how to end it. */
    private interface Part {
        void end() throws IOException, InterruptedException;
    }

    private Broker(LoadedConfig loaded, Clock clock) {
        this.config = loaded.config();
        this.clusterIdIfNew = loaded.clusterId();
        this.clock = clock;
    }

    /**
     * Starts a broker.
     *
     * @param loaded checked configuration
     * @throws IOException if the data directory cannot be used or a listener cannot be opened; the message says which
     */
    public static Broker start(LoadedConfig loaded, Clock clock) throws IOException {
        Broker broker = new Broker(loaded, clock);
        try {
            broker.start();
            return broker;
        } catch (IOException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private void start() throws IOException {
        Path dir = dataDirectory();
        DiskLock lock = disk.lock(dir.resolve(LOCK));
        onClose(lock::close);
        String version = Broker.class.getPackage().getImplementationVersion();
        LOG.log(Level.INFO, "Headrace {0} starts in {1}", version == null ? "(built from source)" : version, dir);
        ThreadPoolExecutor io = ioPool();
        CompletableFuture<NetworkLoops> network = startNetwork();
        Semaphore metadataWork = new Semaphore(0);
        BrokerCore core = BrokerCore.open(
                config,
                clusterIdIfNew,
                dir,
                StoreSettings.of(config, disk, dir),
                new BrokerCore.Environment(
                        disk,
                        clock,
                        () -> System.nanoTime() / 1_000_000,
                        new SecureRandom(),
                        io,
                        CleanerWaits.BLOCKING),
                metadataWork::release);
        startMetadata(core.metadata(), metadataWork);
        NetworkLoops loops = network.join();
        startWriter(core.store(), loops);
        core.groups().start();
        onClose(core.groups()::stop);
        core.transactions().start();
        onClose(core.transactions()::stop);
        RequestDispatcher dispatcher = new RequestDispatcher(
                core.handlers(), RequestGate.OPEN, requestCounters, loops.all().size());
        ConnectionSettings connections = new ConnectionSettings(core::currentConfig);
        FrameServer server = new FrameServer(loops, connections.server());
        onClose(server::close);
        frameServer = server;
        core.onConfigChange((before, after) -> connections.follow(before, after, server, io));
        startCleaner(core, startHousekeeping(core.store()));
        for (Listener listener : config.listeners().open()) {
            int port = server.listen(connections.listener(listener), dispatcher)
                    .address()
                    .getPort();
            ports.put(listener.name(), port);
            LOG.log(Level.INFO, "Listening on {0}", listener);
        }
    }

    private Path dataDirectory() throws IOException {
        List<String> directories = config.node().dataDirectories();
        if (directories.size() > 1) {
            throw new IOException("log.dirs names " + directories.size()
                    + " directories; one is supported. Put them on one file system or name one of them");
        }
        Path dir = Path.of(directories.get(0)).toAbsolutePath();
        String metadata = config.text("metadata.log.dir");
        if (metadata != null && !Path.of(metadata).toAbsolutePath().normalize().equals(dir.normalize())) {
            throw new IOException("metadata.log.dir names " + metadata + "; metadata lies in the data directory " + dir
                    + ". Leave the key out");
        }
        try {
            Files.createDirectories(dir);
        } catch (IOException e) {
            String why = e instanceof FileAlreadyExistsException ? "it is not a directory" : DiskErrors.reason(e);
            throw new IOException("Cannot use " + dir + " as data directory: " + why, e);
        }
        return dir;
    }

    /** Takes every task: the broker's own are few, and what requests bring is bounded on its way here. */
    private ThreadPoolExecutor ioPool() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                IO_THREADS, IO_THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "io-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        onClose(() -> {
            pool.shutdown();
            pool.awaitTermination(10, TimeUnit.SECONDS);
        });
        return pool;
    }

    /** Meanwhile, because Netty takes as long to load as the logs take to open. */
    private CompletableFuture<NetworkLoops> startNetwork() {
        CompletableFuture<NetworkLoops> loops = CompletableFuture.supplyAsync(
                () -> NetworkLoops.start(Runtime.getRuntime().availableProcessors(), "net"),
                task -> new Thread(task, "start-net").start());
        onClose(() -> loops.join().close());
        return loops;
    }

    private void startMetadata(LocalMetadataLog metadata, Semaphore work) {
        onClose(metadata::close);
        MetadataThread thread = new MetadataThread(metadata, work, failed::countDown);
        thread.start();
        onClose(thread::stop);
    }

    private void startWriter(LogStore store, NetworkLoops loops) {
        store.writer().onCompletions(loops::wakeUpAll);
        LogWriterThread writer = new LogWriterThread(store.writer(), clock, failed::countDown);
        writer.start();
        onClose(() -> {
            writer.stop();
            store.close(clock.millis());
        });
    }

    private ScheduledThreadPoolExecutor startHousekeeping(LogStore store) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "timer");
            thread.setDaemon(true);
            return thread;
        });
        long retentionMs = config.longValue("log.retention.check.interval.ms");
        // The tasks do not throw: they only queue work for the log writer.
        Future<?> unused =
                timer.scheduleWithFixedDelay(store::applyRetention, retentionMs, retentionMs, TimeUnit.MILLISECONDS);
        unused = timer.scheduleWithFixedDelay(store::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        store.onDeletedFiles(files -> {
            Future<?> ignored = timer.schedule(() -> store.deleteFiles(files), files.delayMs(), TimeUnit.MILLISECONDS);
        });
        onClose(timer::shutdownNow);
        return timer;
    }

    /** After the timer, which deletes the files that compaction has replaced: closing goes backwards. */
    private void startCleaner(BrokerCore core, ScheduledThreadPoolExecutor timer) {
        if (config.booleanValue("log.cleaner.enable") && config.intValue("log.cleaner.threads") > 0) {
            CleanerThread thread =
                    new CleanerThread(core.cleaner(), core.store().directory(), () -> core.currentConfig()
                            .longValue("log.cleaner.backoff.ms"));
            thread.start();
            onClose(thread::stop);
            Future<?> unused =
                    timer.scheduleWithFixedDelay(thread::sayProgress, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** This broker's id in the cluster. */
    public int nodeId() {
        return config.node().nodeId();
    }

    /**
     * The port that a listener is bound to, also when its configuration leaves the choice to the system with port 0.
     *
     * @throws IllegalArgumentException if this broker has no such listener
     */
    public int port(String listenerName) {
        Integer port = ports.get(listenerName);
        if (port == null) {
            throw new IllegalArgumentException("There is no listener " + listenerName);
        }
        return port;
    }

    /** What the client side of the network has counted since the start. */
    public NetworkCounters networkCounters() {
        return frameServer().counters();
    }

    /** What the dispatch of requests has counted since the start. */
    public RequestCounters requestCounters() {
        return requestCounters;
    }

    /** The memory that requests take which are arriving or being worked on, in bytes. */
    public long inboundBytes() {
        return frameServer().inboundBytes();
    }

    private FrameServer frameServer() {
        FrameServer server = frameServer;
        if (server == null) {
            throw new IllegalStateException("The broker has not started");
        }
        return server;
    }

    /** Waits until something breaks that the broker cannot go on without. */
    public void awaitFailure() throws InterruptedException {
        failed.await();
    }

    private void onClose(Part part) {
        started.add(part);
    }

    /** Stops serving, brings everything to disk and lets go of the data directory. What was started last ends first. */
    @Override
    public void close() {
        boolean interrupted = false;
        for (int i = started.size() - 1; i >= 0; i--) {
            try {
                started.get(i).end();
            } catch (InterruptedException e) {
                LOG.log(Level.ERROR, "Interrupted while a part of the broker was stopping", e);
                interrupted = true;
            } catch (IOException | RuntimeException e) {
                LOG.log(Level.ERROR, "A part of the broker did not stop in order", e);
            }
        }
        started.clear();
        if (interrupted) {
            // Not before: files cannot be closed in order by an interrupted thread.
            Thread.currentThread().interrupt();
        }
    }
}
