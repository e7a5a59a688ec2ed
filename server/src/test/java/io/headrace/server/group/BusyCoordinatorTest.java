package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Kind;
import io.headrace.server.coordinator.CoordinatorShards.Logs;
import io.headrace.server.coordinator.Coordinators;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Neither a coordinator that always has something due nor one that breaks keeps the other requests from being served. */
class BusyCoordinatorTest {
    private static final int BROKER = 7;
    private static final String TOPIC = "__state";

    private final MemoryMetadata metadata = new MemoryMetadata(BROKER);
    private final MemoryLog log = new MemoryLog(Runnable::run);
    private final List<Integer> created = new ArrayList<>();
    private final CoordinatorShards<AlwaysDue> shards = new CoordinatorShards<>(
            BROKER,
            new Kind<>(
                    "coordinators",
                    TOPIC,
                    "things",
                    "",
                    CoordinatorShards.Unreadable.PASSED_OVER,
                    (partition, leaderEpoch) -> {
                        created.add(partition);
                        return new AlwaysDue();
                    }),
            metadata,
            new Logs(log, log),
            new CoordinatorClock(System::currentTimeMillis, System::currentTimeMillis),
            100);
    private final Coordinators<AlwaysDue> coordinators = () -> shards;

    /** Whatever it does, its next deadline is now. */
    private static final class AlwaysDue implements Coordinator {
        private int handled;

        @Override
        public void showWallClock(long nowMs, long nowByWallMs) {}

        @Override
        public void replay(long logOffset, long producerId, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {}

        @Override
        public void applyTransactionEnd(long producerId, boolean commit) {}

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void forEachKey(Consumer<String> action) {
            action.accept("thing");
        }

        @Override
        public Step onLoaded(long nowMs) {
            return Step.NOTHING;
        }

        @Override
        public Step onUnloaded(long nowMs) {
            return Step.NOTHING;
        }

        @Override
        public long nextDeadlineMs() {
            return 0;
        }

        @Override
        public Step onTimeout(long nowMs) {
            handled++;
            return Step.NOTHING;
        }

        @Override
        public Step onDurable(long appendId, long baseOffset, long nowMs) {
            return Step.NOTHING;
        }

        @Override
        public Step onAppendFailed(long appendId, ErrorCode error, long nowMs) {
            return Step.NOTHING;
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        coordinators.stop();
    }

    @Test
    void anErrorInOneRequestLeavesTheOthersServed() {
        coordinators.start();
        metadata.apply(CreateTopic.of(TOPIC, new UUID(3, 3), 1, 1));
        CompletableFuture<ErrorCode> refused = new CompletableFuture<>();
        coordinators.submit(
                "key",
                (coordinator, nowMs) -> {
                    throw new NoClassDefFoundError("the jar is gone");
                },
                refused::complete);
        assertThat(refused.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        shards.lookAtAll(coordinator -> {}, error -> answer.complete(1));
        assertThat(answer.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(1);
    }

    @Test
    void requestsAreServedWhileDeadlinesFallDueWithoutEnd() {
        coordinators.start();
        metadata.apply(CreateTopic.of(TOPIC, new UUID(3, 3), 2, 1));
        int handled = 0;
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            String key = "key-" + i;
            coordinators.submit(
                    key,
                    (coordinator, nowMs) -> {
                        answer.complete(coordinator.handled);
                        return Step.NOTHING;
                    },
                    error -> answer.completeExceptionally(new IllegalStateException(key + ": " + error)));
            handled = Math.max(handled, answer.orTimeout(20, TimeUnit.SECONDS).join());
        }
        assertThat(handled).isPositive();
        assertThat(created).contains(0, 1);
    }
}
