package io.headrace.core.group;

import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.common.runtime.CoordinatorExecutor;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorTimer;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorShard;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.timeline.SnapshotRegistry;
import org.jspecify.annotations.Nullable;

/** Kafka's own group coordinator for one partition, with a clock the test moves and appends that succeed at once. */
final class KafkaOracle implements CoordinatorTimer<CoordinatorRecord> {
    private record Timer(long atMs, long sequence, TimeoutOperation<CoordinatorRecord> operation) {}

    final GroupCoordinatorShard shard;
    final List<StateRecord> written = new ArrayList<>();
    private final Map<String, Timer> timers = new HashMap<>();
    private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();
    private long nowMs;
    private long nextSequence = 0;
    private long nextOffset = 0;

    KafkaOracle(long nowMs, Map<String, Object> configs) {
        this.nowMs = nowMs;
        AbstractConfig all = new AbstractConfig(
                Utils.mergeConfigs(List.of(GroupCoordinatorConfig.CONFIG_DEF, ShareGroupConfig.CONFIG_DEF)),
                configs,
                false);
        GroupCoordinatorConfig config = new GroupCoordinatorConfig(all);
        ShareGroupConfig shareConfig = new ShareGroupConfig(all);
        this.shard = new GroupCoordinatorShard.Builder(config, new GroupConfigManager(Map.of(), config, shareConfig))
                .withAuthorizerPlugin(Optional.empty())
                .withLogContext(new LogContext())
                .withSnapshotRegistry(new SnapshotRegistry(new LogContext()))
                .withTime(new Clock())
                .withTimer(this)
                .withExecutor(new NoExecutor())
                .withCoordinatorMetrics(new GroupCoordinatorMetrics())
                .withTopicPartition(new TopicPartition("__consumer_offsets", 0))
                .build();
        shard.onLoaded(CoordinatorMetadataImage.EMPTY);
    }

    // Requests

    CompletableFuture<JoinGroupResponseData> join(short version, JoinGroupRequestData request) {
        CompletableFuture<JoinGroupResponseData> answer = new CompletableFuture<>();
        run(() -> shard.classicGroupJoin(context(ApiKeys.JOIN_GROUP, version), request, answer), -1L);
        return answer;
    }

    CompletableFuture<SyncGroupResponseData> sync(SyncGroupRequestData request) {
        CompletableFuture<SyncGroupResponseData> answer = new CompletableFuture<>();
        run(() -> shard.classicGroupSync(context(ApiKeys.SYNC_GROUP, (short) 5), request, answer), -1L);
        return answer;
    }

    /** Does what the runtime does with a result: replays the records and completes the append. */
    <T> T run(Supplier<CoordinatorResult<T, CoordinatorRecord>> operation, long producerId) {
        CoordinatorResult<T, CoordinatorRecord> result = operation.get();
        for (CoordinatorRecord record : result.records()) {
            written.add(new StateRecord(
                    serde.serializeKey(record), record.value() == null ? null : serde.serializeValue(record)));
            if (result.replayRecords()) {
                shard.replay(nextOffset, producerId, (short) 3, record);
            }
            nextOffset++;
        }
        if (result.appendFuture() != null) {
            result.appendFuture().complete(null);
        }
        return result.response();
    }

    static RequestContext context(ApiKeys api, short version) {
        try {
            return new RequestContext(
                    new RequestHeader(api, version, "client", 1),
                    "1",
                    InetAddress.getByAddress(new byte[] {10, 0, 0, 7}),
                    KafkaPrincipal.ANONYMOUS,
                    ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                    SecurityProtocol.PLAINTEXT,
                    ClientInformation.EMPTY,
                    false);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Our message as Kafka's class. */
    static <K extends Message> K toKafka(
            ApiMessage ours, short version, BiFunction<ByteBufferAccessor, Short, K> reader) {
        WireWriter out = new WireWriter();
        ours.write(out, version);
        return reader.apply(new ByteBufferAccessor(ByteBuffer.wrap(out.toByteArray())), version);
    }

    /** Kafka's message as our class. */
    static <O> O toOurs(Message kafkas, short version, Function<WireReader, O> reader) {
        return reader.apply(
                new WireReader(MessageUtil.toByteBufferAccessor(kafkas, version).buffer()));
    }

    // Time

    void advanceTo(long untilMs) {
        while (true) {
            Map.Entry<String, Timer> next = timers.entrySet().stream()
                    .filter(entry -> entry.getValue().atMs <= untilMs)
                    .min((left, right) -> {
                        int byTime = Long.compare(left.getValue().atMs, right.getValue().atMs);
                        return byTime != 0 ? byTime : Long.compare(left.getValue().sequence, right.getValue().sequence);
                    })
                    .orElse(null);
            if (next == null) {
                nowMs = untilMs;
                return;
            }
            nowMs = Math.max(nowMs, next.getValue().atMs);
            timers.remove(next.getKey());
            run(() -> next.getValue().operation.generateRecords(), -1L);
        }
    }

    @Override
    public void schedule(
            String key, long delay, TimeUnit unit, boolean retry, TimeoutOperation<CoordinatorRecord> operation) {
        timers.put(key, new Timer(nowMs + unit.toMillis(delay), nextSequence++, operation));
    }

    @Override
    public void schedule(
            String key,
            long delay,
            TimeUnit unit,
            boolean retry,
            long retryBackoff,
            TimeoutOperation<CoordinatorRecord> operation) {
        schedule(key, delay, unit, retry, operation);
    }

    @Override
    public void scheduleIfAbsent(
            String key, long delay, TimeUnit unit, boolean retry, TimeoutOperation<CoordinatorRecord> operation) {
        if (!isScheduled(key)) {
            schedule(key, delay, unit, retry, operation);
        }
    }

    @Override
    public void cancel(String key) {
        timers.remove(key);
    }

    @Override
    public boolean isScheduled(String key) {
        return timers.containsKey(key);
    }

    private final class Clock implements Time {
        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return TimeUnit.MILLISECONDS.toNanos(nowMs);
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class NoExecutor implements CoordinatorExecutor<CoordinatorRecord> {
        @Override
        public <R> boolean schedule(String key, TaskRunnable<R> task, TaskOperation<CoordinatorRecord, R> operation) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isScheduled(String key) {
            return false;
        }

        @Override
        public void cancel(String key) {}
    }

    /** The answer if there is one. */
    static <T> @Nullable T answerOf(CompletableFuture<T> future) {
        return future.getNow(null);
    }
}
