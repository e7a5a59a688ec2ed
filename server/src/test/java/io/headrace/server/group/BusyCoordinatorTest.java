package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import io.headrace.server.coordinator.Coordinators;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Neither a coordinator that always has something due nor one that breaks keeps the other requests from being served. */
class BusyCoordinatorTest {
    private final CoordinatorBed bed = new CoordinatorBed();
    private final List<Integer> created = new ArrayList<>();
    private final CoordinatorShards<AlwaysDue> shards =
            bed.shards(Unreadable.PASSED_OVER, System::currentTimeMillis, (partition, leaderEpoch) -> {
                created.add(partition);
                return new AlwaysDue();
            });
    private final Coordinators<AlwaysDue> coordinators = () -> shards;

    /** Whatever it does, its next deadline is now. */
    private static final class AlwaysDue extends IdleCoordinator {
        private int handled;

        @Override
        public long nextDeadlineMs() {
            return 0;
        }

        @Override
        public Step onTimeout(long nowMs) {
            handled++;
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
        bed.createTopic(1);
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
        bed.createTopic(2);
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
