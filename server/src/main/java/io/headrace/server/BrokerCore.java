package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.Listener;
import io.headrace.core.group.GroupSettings;
import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.InitializeCluster;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.RegisterBroker;
import io.headrace.core.transaction.TransactionSettings;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.UuidText;
import io.headrace.server.api.RequestHandler;
import io.headrace.server.config.LiveBrokerConfig;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.partition.CoordinatorLog;
import io.headrace.server.partition.Partitions;
import io.headrace.server.partition.TransactionMarkers;
import io.headrace.server.producer.ProducerIds;
import io.headrace.server.security.Authorizer;
import io.headrace.server.transaction.TransactionCoordinators;
import io.headrace.storage.LogStore;
import io.headrace.storage.MarkerTask;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.TopicCatalog;
import io.headrace.storage.compact.LogCleaner;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.metadata.DataDirectories;
import io.headrace.storage.metadata.LocalMetadataLog;
import io.headrace.storage.metadata.MetaProperties;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a broker is made of but for threads and sockets: metadata, logs, coordinators and the handlers of requests.
 *
 * <p>Passive. Somebody must keep calling {@code runOnce} of {@link #metadata}, of the {@link #store}'s writer and of
 * {@link #groups} and {@link #transactions}, each from one thread at a time: in a {@link Broker} four threads do, in a simulation one scheduler.
 */
public final class BrokerCore {
    private static final Logger LOG = System.getLogger(BrokerCore.class.getName());
    private static final long SNAPSHOT_LOG_BYTES = 16L << 20;
    private static final int GROUP_REQUESTS_MAX = 10_000;
    private static final int TRANSACTION_REQUESTS_MAX = 10_000;

    /**
     * What comes from outside.
     *
     * @param disk where everything is stored
     * @param clock the wall clock
     * @param monotonicMs milliseconds since some moment, never set back
     * @param random ids of topics, members and fetch sessions
     * @param io runs what may take long
     * @param cleanerWaits how the cleaner waits
     */
    public record Environment(
            Disk disk,
            Clock clock,
            LongSupplier monotonicMs,
            RandomGenerator random,
            Executor io,
            CleanerWaits cleanerWaits) {}

    private final BrokerConfig config;
    private final Environment environment;
    private final LocalMetadataLog metadata;
    private final LogStore store;
    private final LiveBrokerConfig live;
    private final LogCleaner cleaner;
    private final GroupCoordinators groups;
    private final TransactionCoordinators transactions;
    private final Map<ApiKey, RequestHandler<?>> handlers;

    private BrokerCore(
            BrokerConfig config,
            Environment environment,
            Path dir,
            StoreOptions storeOptions,
            LocalMetadataLog metadata)
            throws IOException {
        this.config = config;
        this.environment = environment;
        this.metadata = metadata;
        RandomGenerator random = environment.random();
        live = new LiveBrokerConfig(config, metadata.image());
        metadata.addListener(live);
        TopicConfigs topicConfigs = new TopicConfigs(live);
        TopicCatalog catalog = new CatalogOfImage(metadata, topicConfigs);
        store = LogStore.open(
                environment.disk(),
                dir,
                storeOptions.withProducerLimits(StoreSettings.producerLimits(live.get())),
                catalog,
                environment.io(),
                random.nextLong(),
                environment.clock().millis());
        store.setStrayDirectoriesAside();
        int nodeId = config.node().nodeId();
        Partitions partitions = new Partitions(nodeId, metadata::image, store, topicConfigs::of);
        registerBroker(nodeId);
        metadata.addListener(new MetadataReport(line -> LOG.log(Level.INFO, line)));
        StoreFollower follower = new StoreFollower(store, topicConfigs);
        metadata.addListener(follower);
        live.addListener((before, after) -> {
            topicConfigs.forget();
            follower.applyConfigs(metadata.image());
            store.limitProducers(StoreSettings.producerLimits(after));
        });
        cleaner = Cleaning.cleaner(store, live, metadata::image, topicConfigs, environment);
        CoordinatorClock coordinatorClock = new CoordinatorClock(steadyMs(environment), environment.clock()::millis);
        CoordinatorLog coordinatorLog = new CoordinatorLog(partitions, environment.io());
        groups = new GroupCoordinators(
                nodeId,
                GroupSettings.of(config.groups()),
                metadata,
                coordinatorLog,
                coordinatorLog,
                coordinatorClock,
                () -> UuidText.random(random::nextLong),
                GROUP_REQUESTS_MAX);
        TransactionMarkers ownMarkers = new TransactionMarkers(
                partitions, groups, MarkerTask.Sender.OWN_COORDINATOR, environment.clock()::millis);
        TransactionMarkers requestedMarkers =
                new TransactionMarkers(partitions, groups, MarkerTask.Sender.REQUEST, environment.clock()::millis);
        ProducerIds producerIds = new ProducerIds(nodeId, metadata);
        transactions = new TransactionCoordinators(
                nodeId,
                TransactionSettings.of(config.transactions()),
                metadata,
                new CoordinatorShards.Logs(coordinatorLog, coordinatorLog),
                producerIds,
                ownMarkers::append,
                coordinatorClock,
                TRANSACTION_REQUESTS_MAX);
        handlers = new Handlers(
                        live,
                        metadata,
                        partitions,
                        new Handlers.Coordination(groups, transactions, requestedMarkers, producerIds),
                        Authorizer.ALLOW_ALL,
                        environment)
                .all();
    }

    /**
     * Opens a data directory that exists and that the caller has locked, recovers what is in it, and makes this node known to
     * the metadata.
     *
     * @param clusterIdIfNew the id of the cluster if the directory is new; null to draw one
     * @param onMetadataWork called by whoever proposes a change of metadata; must not block
     * @throws IOException if the directory cannot be used; the message says why
     */
    public static BrokerCore open(
            BrokerConfig config,
            @Nullable String clusterIdIfNew,
            Path dir,
            StoreOptions storeOptions,
            Environment environment,
            Runnable onMetadataWork)
            throws IOException {
        Path metadataDir = dir.resolve("metadata");
        DataDirectories.refuseForeignData(environment.disk(), dir, metadataDir);
        LocalMetadataLog metadata = LocalMetadataLog.open(
                environment.disk(), metadataDir, environment.random(), SNAPSHOT_LOG_BYTES, onMetadataWork);
        try {
            identify(config, clusterIdIfNew, dir, environment, metadata);
            return new BrokerCore(config, environment, dir, storeOptions, metadata);
        } catch (IOException | RuntimeException e) {
            metadata.close();
            throw e;
        }
    }

    /** Makes sure that the directory, its metadata and this node belong together. */
    private static void identify(
            BrokerConfig config,
            @Nullable String clusterIdIfNew,
            Path dir,
            Environment environment,
            LocalMetadataLog metadata)
            throws IOException {
        String known = metadata.image().clusterId();
        String wanted = known.isEmpty() ? clusterIdIfNew : known;
        MetaProperties mine = DataDirectories.claim(
                        environment.disk(),
                        List.of(dir),
                        config.node().nodeId(),
                        wanted,
                        environment.random()::nextLong)
                .get(0);
        if (known.isEmpty()) {
            carryOut(metadata, new InitializeCluster(mine.clusterId()));
        } else if (clusterIdIfNew != null && !clusterIdIfNew.equals(known)) {
            LOG.log(
                    Level.WARNING,
                    "The environment asks for the cluster {0}, but {1} belongs to the cluster {2} and stays with it",
                    clusterIdIfNew,
                    dir,
                    known);
        }
    }

    private void registerBroker(int nodeId) throws IOException {
        List<Endpoint> endpoints = new ArrayList<>();
        for (Listener listener : config.listeners().open()) {
            Listener advertised = config.listeners().advertised().get(listener.name());
            endpoints.add(
                    advertised == null
                            ? new Endpoint(listener.name(), "", 0, (short) 0)
                            : new Endpoint(listener.name(), advertised.host(), advertised.port(), (short) 0));
        }
        carryOut(
                metadata,
                new RegisterBroker(
                        nodeId,
                        UuidText.random(environment.random()::nextLong),
                        endpoints,
                        config.node().rack(),
                        !store.endedInOrder()));
    }

    /**
     * Milliseconds since the epoch by the wall clock as it was at the start: setting that clock must neither end sessions nor
     * keep rebalances waiting.
     */
    private static LongSupplier steadyMs(Environment environment) {
        long startMs = environment.clock().millis() - environment.monotonicMs().getAsLong();
        return () -> startMs + environment.monotonicMs().getAsLong();
    }

    /** Changes the metadata while nobody else runs it yet. */
    private static void carryOut(LocalMetadataLog metadata, MetadataCommand command) throws IOException {
        CompletableFuture<@Nullable String> refusal = new CompletableFuture<>();
        metadata.propose(List.of(command), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage image) {
                refusal.complete(
                        results.get(0).isOk()
                                ? null
                                : String.valueOf(results.get(0).message()));
            }

            @Override
            public void failed(ErrorCode error, String message) {
                refusal.complete(message);
            }
        });
        while (!refusal.isDone() && metadata.runOnce()) {
            // The command is somewhere in what was proposed.
        }
        String why = refusal.join();
        if (why != null) {
            throw new IOException("The metadata log refused " + command + ": " + why);
        }
    }

    /** The metadata, to be closed by the caller when nobody runs it any more. */
    public LocalMetadataLog metadata() {
        return metadata;
    }

    /** The logs, to be closed by the caller when nobody runs its writer any more. */
    public LogStore store() {
        return store;
    }

    /** The configuration as it is now. */
    public BrokerConfig currentConfig() {
        return live.get();
    }

    /** Has somebody told of every change of the configuration from now on. */
    public void onConfigChange(LiveBrokerConfig.Listener listener) {
        live.addListener(listener);
    }

    /** Compacts logs when it is told to. */
    public LogCleaner cleaner() {
        return cleaner;
    }

    /** The coordinators of groups, which have not begun yet. */
    public GroupCoordinators groups() {
        return groups;
    }

    /** The coordinators of transactions, which have not begun yet. */
    public TransactionCoordinators transactions() {
        return transactions;
    }

    /** What serves each API. */
    public Map<ApiKey, RequestHandler<?>> handlers() {
        return handlers;
    }
}
