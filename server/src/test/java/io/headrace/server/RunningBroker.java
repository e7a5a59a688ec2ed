package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.server.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** A broker in this process, on a port of the system's choice, whose log is watched for errors. */
final class RunningBroker implements AutoCloseable {
    private static final long PATIENCE_NS = 20_000_000_000L;

    private final Broker broker;
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Logger rootLogger = Logger.getLogger("");
    private final Handler watch = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getLevel().intValue() >= Level.SEVERE.intValue() || line.getThrown() != null) {
                StringBuilder error = new StringBuilder(line.getLoggerName() + ": " + line.getMessage());
                Throwable thrown = line.getThrown();
                if (thrown != null) {
                    error.append('\n').append(thrown);
                    for (int i = 0; i < Math.min(6, thrown.getStackTrace().length); i++) {
                        error.append("\n  at ").append(thrown.getStackTrace()[i]);
                    }
                }
                errors.add(error.toString());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private RunningBroker(Broker broker) {
        this.broker = broker;
        rootLogger.addHandler(watch);
    }

    static RunningBroker start(Path directory, Map<String, String> more) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "node.id", "1",
                "log.dirs", directory.toString(),
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "auto.create.topics.enable", "false",
                "group.initial.rebalance.delay.ms", "0",
                "max.connections.per.ip", "2147483647",
                "max.connection.creation.rate", "2147483647"));
        settings.putAll(more);
        return new RunningBroker(Broker.start(ConfigLoader.load(null, Map.of(), settings), Clock.systemUTC()));
    }

    RawClient connect() throws IOException {
        return new RawClient(broker.port("PLAINTEXT"));
    }

    /** One request on a connection of its own, which must be answered. */
    ApiMessage ask(ApiMessage request, int version) throws IOException {
        try (RawClient socket = connect()) {
            return socket.ask(request, version);
        }
    }

    UUID createTopic(String name, int partitions, Map<String, String> configs) throws IOException {
        CreateTopicsRequest request = new CreateTopicsRequest()
                .setTimeoutMs(10_000)
                .setTopics(List.of(new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1)
                        .setConfigs(configs.entrySet().stream()
                                .map(entry -> new CreatableTopicConfig()
                                        .setName(entry.getKey())
                                        .setValue(entry.getValue()))
                                .toList())));
        var result = ((CreateTopicsResponse) ask(request, ApiKey.CREATE_TOPICS.highestVersion()))
                .topics()
                .get(0);
        assertThat(result.errorCode()).as(result.errorMessage()).isZero();
        return result.topicId();
    }

    long closed(CloseReason reason) {
        return broker.networkCounters().closed(reason);
    }

    long requestsWithTrailingBytes() {
        return broker.requestCounters().withTrailingBytes();
    }

    Map<CloseReason, Long> closeCounts() {
        Map<CloseReason, Long> counts = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            counts.put(reason, closed(reason));
        }
        return counts;
    }

    /**
     * Waits until so many connections ended for this reason; the count follows the end that the client sees. More may have
     * ended: those that an earlier test let go of are counted when the broker notices.
     */
    void awaitClosed(CloseReason reason, long count) {
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (closed(reason) < count && System.nanoTime() < deadline) {
            LockSupport.parkNanos(100_000);
        }
        assertThat(closed(reason)).as("closed for " + reason).isGreaterThanOrEqualTo(count);
    }

    /** Waits until requests that are arriving take so much memory, and returns how much they do. */
    long awaitInboundBytes(long bytes) {
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (broker.inboundBytes() < bytes && System.nanoTime() < deadline) {
            LockSupport.parkNanos(100_000);
        }
        assertThat(broker.inboundBytes()).as("inbound bytes").isGreaterThanOrEqualTo(bytes);
        return broker.inboundBytes();
    }

    /** What was logged as an error or with an exception; empty if nothing was. */
    String errors() {
        return String.join("\n", errors);
    }

    @Override
    public void close() {
        rootLogger.removeHandler(watch);
        broker.close();
    }
}
