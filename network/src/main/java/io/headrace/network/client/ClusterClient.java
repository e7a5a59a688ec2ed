package io.headrace.network.client;

import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client of a whole cluster: finds the broker a request is for, connects on demand, and tries again what may succeed
 * later, with growing pauses, until the total timeout of its options is over.
 *
 * <p>Methods may be called from any thread and do not wait, except that a host name may be resolved. Futures fail with a
 * {@link ClientException} (in a {@link CompletionException} where the library wraps it; see {@link #await}).
 */
public final class ClusterClient implements AutoCloseable {
    /** Key type of a consumer group in FindCoordinator. */
    public static final byte COORDINATOR_OF_GROUP = 0;
    /** Key type of a transactional id in FindCoordinator. */
    public static final byte COORDINATOR_OF_TRANSACTION = 1;

    private static final long BACKOFF_FIRST_MS = 50;
    private static final long BACKOFF_MAX_MS = 1_000;
    /** From version 4 on FindCoordinator asks for lists. */
    private static final short FIND_COORDINATOR_VERSION = 3;

    private final NetworkLoops loops;
    private final List<HostPort> bootstrap;
    private final ClientOptions options;
    private final Map<HostPort, CompletableFuture<BrokerConnection>> connections = new ConcurrentHashMap<>();
    private final Map<String, HostPort> coordinators = new ConcurrentHashMap<>();
    private volatile @Nullable ClusterMetadata metadata;
    private volatile boolean closed;

    /**
     * @param loops carry the connections; the caller stops them, after this client
     * @param bootstrap brokers to ask first, tried in order
     */
    public ClusterClient(NetworkLoops loops, List<HostPort> bootstrap, ClientOptions options) {
        this.loops = loops;
        this.bootstrap = List.copyOf(bootstrap);
        this.options = options;
    }

    /** The options it was made with. */
    public ClientOptions options() {
        return options;
    }

    /** Waits for an answer and unwraps its failure. Not on a loop. */
    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw unwrapped(e);
        }
    }

    private static RuntimeException unwrapped(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
    }

    /**
     * Asks for the brokers and these topics.
     *
     * @param topics null for all of them, none for the brokers only
     */
    public CompletableFuture<ClusterMetadata> metadata(@Nullable Collection<String> topics, boolean create) {
        MetadataRequest request =
                new MetadataRequest().setAllowAutoTopicCreation(create).setTopics(null);
        if (topics != null) {
            List<MetadataRequest.MetadataRequestTopic> asked = new ArrayList<>();
            for (String topic : topics) {
                asked.add(new MetadataRequest.MetadataRequestTopic().setName(topic));
            }
            request.setTopics(asked);
        }
        return sendToAny(request, MetadataResponse.class).thenApply(response -> {
            ClusterMetadata fresh = ClusterMetadata.of(response);
            ClusterMetadata before = metadata;
            metadata = before == null ? fresh : before.updatedBy(fresh);
            return fresh;
        });
    }

    /** Sends to any broker that can be reached, with retries when none can or the connection breaks. */
    public <R extends ApiMessage> CompletableFuture<R> sendToAny(ApiMessage request, Class<R> answerType) {
        return sendToAny(request, answerType, Short.MAX_VALUE);
    }

    /** As {@link #sendToAny(ApiMessage, Class)} in a version up to the given one. */
    public <R extends ApiMessage> CompletableFuture<R> sendToAny(
            ApiMessage request, Class<R> answerType, short versionMax) {
        return sendToAny(request, answerType, versionMax, answer -> ErrorCode.NONE);
    }

    /** As {@link #sendToAny(ApiMessage, Class, short)}, again when the answer's error says that it may succeed later. */
    public <R extends ApiMessage> CompletableFuture<R> sendToAny(
            ApiMessage request, Class<R> answerType, short versionMax, Function<R, ErrorCode> errorOf) {
        return withRetries(
                () -> anyConnection().thenCompose(connection -> send(connection, request, answerType, versionMax)),
                errorOf);
    }

    /** Sends to a broker by its id, once. */
    public <R extends ApiMessage> CompletableFuture<R> sendToNode(
            int nodeId, ApiMessage request, Class<R> answerType, short versionMax) {
        return connectionTo(nodeId).thenCompose(connection -> send(connection, request, answerType, versionMax));
    }

    /** A connection to a broker by its id, for callers that route and retry themselves. */
    public CompletableFuture<BrokerConnection> connectionTo(int nodeId) {
        return nodeAddress(nodeId).thenCompose(this::connectionTo);
    }

    /** The broker that leads a partition, waiting for a leader as long as the total timeout allows. */
    public CompletableFuture<Integer> leaderOf(String topic, int partition) {
        ClusterMetadata known = metadata;
        int leader = known == null ? -1 : known.leaderOf(topic, partition);
        if (leader >= 0) {
            return CompletableFuture.completedFuture(leader);
        }
        return withRetries(
                () -> metadata(List.of(topic), false).thenApply(fresh -> {
                    ClusterMetadata.Topic found = fresh.topics().get(topic);
                    ErrorCode error = found == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : found.error();
                    if (found != null
                            && error == ErrorCode.NONE
                            && partition >= found.partitions().size()) {
                        error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                    }
                    if (error != ErrorCode.NONE) {
                        throw ClientException.refused(error, topic + "-" + partition + ": " + error.message());
                    }
                    int leaderId = fresh.leaderOf(topic, partition);
                    if (leaderId < 0) {
                        throw ClientException.refused(ErrorCode.LEADER_NOT_AVAILABLE, null);
                    }
                    return leaderId;
                }),
                answer -> ErrorCode.NONE);
    }

    /** Forgets who leads which partition: a broker said it does not. */
    public void forgetLeaders() {
        metadata = null;
    }

    /** Sends to the leader of a partition, again when the answer's error says that it moved or is to come. */
    public <R extends ApiMessage> CompletableFuture<R> sendToLeader(
            String topic,
            int partition,
            ApiMessage request,
            Class<R> answerType,
            short versionMax,
            Function<R, ErrorCode> errorOf) {
        return withRetries(
                () -> leaderOf(topic, partition)
                        .thenCompose(leader -> sendToNode(leader, request, answerType, versionMax))
                        .whenComplete((answer, failure) -> {
                            if (failure != null || errorOf.apply(answer).retriable()) {
                                forgetLeaders();
                            }
                        }),
                errorOf);
    }

    /** Sends to the coordinator of a group or transactional id, again when the answer's error says it moved or loads. */
    public <R extends ApiMessage> CompletableFuture<R> sendToCoordinator(
            byte keyType,
            String key,
            ApiMessage request,
            Class<R> answerType,
            short versionMax,
            Function<R, ErrorCode> errorOf) {
        return withRetries(
                () -> coordinatorOf(keyType, key)
                        .thenCompose(this::connectionTo)
                        .thenCompose(connection -> send(connection, request, answerType, versionMax))
                        .whenComplete((answer, failure) -> {
                            if (failure != null || isMoved(errorOf.apply(answer))) {
                                coordinators.remove(keyType + key);
                            }
                        }),
                answer -> isMoved(errorOf.apply(answer)) || isLoading(errorOf.apply(answer))
                        ? errorOf.apply(answer)
                        : ErrorCode.NONE);
    }

    private static boolean isMoved(ErrorCode error) {
        return error == ErrorCode.NOT_COORDINATOR || error == ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }

    private static boolean isLoading(ErrorCode error) {
        return error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }

    private CompletableFuture<HostPort> coordinatorOf(byte keyType, String key) {
        HostPort known = coordinators.get(keyType + key);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        FindCoordinatorRequest request =
                new FindCoordinatorRequest().setKey(key).setKeyType(keyType);
        return sendToAny(request, FindCoordinatorResponse.class, FIND_COORDINATOR_VERSION)
                .thenApply(answer -> {
                    ErrorCode error = ErrorCode.forCode(answer.errorCode());
                    if (error != ErrorCode.NONE) {
                        throw ClientException.refused(error, answer.errorMessage());
                    }
                    HostPort found = new HostPort(answer.host(), answer.port());
                    coordinators.put(keyType + key, found);
                    return found;
                });
    }

    private <R extends ApiMessage> CompletableFuture<R> send(
            BrokerConnection connection, ApiMessage request, Class<R> answerType, short versionMax) {
        return connection.send(request, answerType, versionMax, options.requestTimeoutMs());
    }

    private CompletableFuture<HostPort> nodeAddress(int nodeId) {
        ClusterMetadata known = metadata;
        ClusterMetadata.Node node = known == null ? null : known.nodes().get(nodeId);
        if (node != null) {
            return CompletableFuture.completedFuture(node.address());
        }
        return metadata(List.of(), false).thenApply(fresh -> {
            ClusterMetadata.Node found = fresh.nodes().get(nodeId);
            if (found == null) {
                throw new ClientException(
                        ErrorCode.BROKER_NOT_AVAILABLE, "Broker " + nodeId + " is not in the cluster");
            }
            return found.address();
        });
    }

    private CompletableFuture<BrokerConnection> anyConnection() {
        ClusterMetadata known = metadata;
        List<HostPort> candidates = new ArrayList<>(bootstrap);
        if (known != null) {
            known.nodes().values().forEach(node -> candidates.add(node.address()));
        }
        return firstOf(candidates, 0);
    }

    private CompletableFuture<BrokerConnection> firstOf(List<HostPort> candidates, int index) {
        CompletableFuture<BrokerConnection> attempt = connectionTo(candidates.get(index));
        boolean last = index == candidates.size() - 1;
        return last ? attempt : attempt.exceptionallyCompose(failure -> firstOf(candidates, index + 1));
    }

    private CompletableFuture<BrokerConnection> connectionTo(HostPort address) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new ClientException(ErrorCode.BROKER_NOT_AVAILABLE, "The client was closed"));
        }
        return connections.compute(
                address,
                (key, before) ->
                        before == null || isUseless(before) ? BrokerConnection.connect(loops, key, options) : before);
    }

    private static boolean isUseless(CompletableFuture<BrokerConnection> attempt) {
        return attempt.isCompletedExceptionally()
                || (attempt.isDone() && !attempt.join().isOpen());
    }

    private <R> CompletableFuture<R> withRetries(Supplier<CompletableFuture<R>> call, Function<R, ErrorCode> errorOf) {
        CompletableFuture<R> result = new CompletableFuture<>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.totalTimeoutMs());
        attempt(call, errorOf, deadline, BACKOFF_FIRST_MS, result);
        return result;
    }

    private <R> void attempt(
            Supplier<CompletableFuture<R>> call,
            Function<R, ErrorCode> errorOf,
            long deadlineNanos,
            long backoffMs,
            CompletableFuture<R> result) {
        CompletableFuture<R> unused = call.get().whenComplete((answer, failure) -> {
            boolean again = failure == null ? errorOf.apply(answer).retriable() : isRetriable(unwrapped(failure));
            boolean time = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoffMs) < deadlineNanos;
            if (again && time && !closed) {
                loops.all()
                        .get(0)
                        .schedule(
                                () -> attempt(
                                        call, errorOf, deadlineNanos, Math.min(2 * backoffMs, BACKOFF_MAX_MS), result),
                                backoffMs);
            } else if (failure != null) {
                result.completeExceptionally(unwrapped(failure));
            } else {
                result.complete(answer);
            }
        });
    }

    private static boolean isRetriable(RuntimeException failure) {
        return failure instanceof ClientException known && known.retriable();
    }

    /** Closes all connections; calls in progress fail. */
    @Override
    public void close() {
        closed = true;
        for (CompletableFuture<BrokerConnection> attempt : connections.values()) {
            CompletableFuture<Void> unused = attempt.thenAccept(BrokerConnection::close);
        }
    }
}
