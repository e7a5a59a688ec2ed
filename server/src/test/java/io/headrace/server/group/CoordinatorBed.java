package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Kind;
import io.headrace.server.coordinator.CoordinatorShards.Logs;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.metadata.MemoryMetadataLog;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;

/** What coordinators of a kind of the test's own stand on: one broker's metadata, and the log of their topic in memory. */
final class CoordinatorBed {
    private static final int BROKER = 7;
    private static final String TOPIC = "__state";

    private final MemoryMetadataLog metadata = MemoryMetadataLog.oneBroker(BROKER, "broker.example");
    private final MemoryLog log = new MemoryLog(Runnable::run);

    void createTopic(int partitionCount) {
        assertThat(metadata.apply(CreateTopic.of(TOPIC, new UUID(3, 3), partitionCount, 1))
                        .isOk())
                .isTrue();
    }

    /** Writes what coordinators are restored from. */
    void write(int partition, RecordBatchBuilder batch) {
        PartitionAppender.Callback callback = new PartitionAppender.Callback() {
            @Override
            public void durable(long baseOffset) {
                assertThat(log.copyOf(partition)).isNotEmpty();
            }

            @Override
            public void failed(ErrorCode error) {
                throw new AssertionError(error);
            }
        };
        log.append(TOPIC, partition, new PartitionAppender.Batches(List.of(batch.build()), null, callback));
    }

    /** @param nowMs the coordinators' time and the wall clock */
    <C extends Coordinator> CoordinatorShards<C> shards(
            Unreadable unreadable, LongSupplier nowMs, CoordinatorShards.Factory<C> factory) {
        return new CoordinatorShards<>(
                BROKER,
                new Kind<>("coordinators", TOPIC, "things", "Tell them.", unreadable, factory),
                metadata,
                new Logs(log, log),
                new CoordinatorClock(nowMs, nowMs),
                100);
    }
}
