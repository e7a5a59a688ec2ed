package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeadlineQueueTest {
    private final DeadlineQueue queue = new DeadlineQueue();

    private static Deadline deadline() {
        return new Deadline(effects -> {});
    }

    @Test
    void deadlinesComeInOrderOfTimeThenOfScheduling() {
        Deadline a = deadline();
        Deadline b = deadline();
        Deadline c = deadline();
        queue.schedule(a, 20);
        queue.schedule(b, 10);
        queue.schedule(c, 20);

        assertThat(queue.nextMs()).isEqualTo(10);
        assertThat(queue.pollDue(9)).isNull();
        assertThat(queue.pollDue(30)).isSameAs(b);
        assertThat(queue.pollDue(30)).isSameAs(a);
        assertThat(queue.pollDue(30)).isSameAs(c);
        assertThat(queue.pollDue(30)).isNull();
        assertThat(queue.nextMs()).isEqualTo(Deadline.NEVER);
    }

    @Test
    void aDeadlineMovesBothWays() {
        Deadline moving = deadline();
        queue.schedule(moving, 10);
        queue.schedule(moving, 30);
        assertThat(queue.pollDue(29)).isNull();
        queue.schedule(moving, 20);
        assertThat(queue.pollDue(20)).isSameAs(moving);
        assertThat(queue.pollDue(100)).isNull();
    }

    @Test
    void aCancelledDeadlineDoesNotComeAndMayBeScheduledAgain() {
        Deadline cancelled = deadline();
        queue.schedule(cancelled, 10);
        queue.cancel(cancelled);
        assertThat(queue.pollDue(10)).isNull();
        queue.schedule(cancelled, 5);
        assertThat(queue.pollDue(10)).isSameAs(cancelled);
    }

    @Test
    void manyHeartbeatsAndManyPassingMembersLeaveLittleBehind() {
        Deadline beating = deadline();
        for (int i = 0; i < 10_000; i++) {
            queue.schedule(beating, 1_000 + i);
            Deadline passing = deadline();
            queue.schedule(passing, 1_000_000 + i);
            queue.cancel(passing);
        }

        assertThat(queue.entryCount()).isLessThan(100);
    }
}
