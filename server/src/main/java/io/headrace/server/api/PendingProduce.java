package io.headrace.server.api;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.message.ProduceResponse.TopicProduceResponse;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A Produce request whose batches are on their way. The last one to get an outcome answers it; the last one whose memory is
 * free gives the request's memory back.
 */
final class PendingProduce {
    /** So far below zero that no outcome that comes later counts. */
    private static final int TIMED_OUT = Integer.MIN_VALUE / 2;

    private final RequestContext context;
    private final short acks;
    private final AtomicInteger withoutOutcome = new AtomicInteger();
    private final AtomicInteger unreleased = new AtomicInteger();
    private @Nullable ProduceResponse response;
    private List<ProduceAppend> appends = List.of();
    private long deadlineMs;
    /** Whether some partition failed. Written before the hand-over to the log writer, and then by it alone. */
    boolean anyError;

    PendingProduce(RequestContext context, short acks) {
        this.context = context;
        this.acks = acks;
    }

    /** Waits for this many appends; answers at once if there are none. */
    void start(ProduceResponse prepared, List<ProduceAppend> itsAppends) {
        response = prepared;
        appends = itsAppends;
        if (itsAppends.isEmpty()) {
            answer(false);
            return;
        }
        withoutOutcome.set(itsAppends.size());
        unreleased.set(itsAppends.size());
        context.retainRequest();
    }

    /** Until when the client waits, by the clock of {@link ProduceTimeouts}. */
    void setDeadline(long timeMs) {
        deadlineMs = timeMs;
    }

    /** Runs a task on the request's network loop after a delay. */
    void schedule(Runnable task, long delayMs) {
        context.schedule(task, delayMs);
    }

    boolean isAnswered() {
        return withoutOutcome.get() <= 0;
    }

    /**
     * Answers it if its time is up: with an error for each append that is still under way. Those
     * go on, and keep the request's memory until they are done. On the network loop.
     *
     * @return whether it is answered now
     */
    boolean answerIfLate(long nowMs) {
        int left = withoutOutcome.get();
        while (left > 0 && nowMs >= deadlineMs) {
            if (withoutOutcome.compareAndSet(left, TIMED_OUT)) {
                context.respond(withoutUnsettled(started()));
                return true;
            }
            left = withoutOutcome.get();
        }
        return left <= 0;
    }

    /** The answer as it is now. The results that the log writer has yet to fill in are left to it, and others sent. */
    private ProduceResponse withoutUnsettled(ProduceResponse prepared) {
        IdentityHashMap<PartitionProduceResponse, PartitionProduceResponse> timedOut = new IdentityHashMap<>();
        for (ProduceAppend append : appends) {
            if (!append.isSettled()) {
                timedOut.put(append.result(), append.timedOut());
            }
        }
        List<TopicProduceResponse> topics = new ArrayList<>(prepared.responses().size());
        for (TopicProduceResponse topic : prepared.responses()) {
            List<PartitionProduceResponse> partitions = topic.partitionResponses().stream()
                    .map(partition -> timedOut.getOrDefault(partition, partition))
                    .toList();
            topics.add(new TopicProduceResponse()
                    .setName(topic.name())
                    .setTopicId(topic.topicId())
                    .setPartitionResponses(partitions));
        }
        return new ProduceResponse().setResponses(topics);
    }

    void onOutcome(boolean error, boolean onLogWriter) {
        if (error) {
            anyError = true;
        }
        if (withoutOutcome.decrementAndGet() == 0) {
            answer(onLogWriter);
        }
    }

    void onReleased() {
        if (unreleased.decrementAndGet() == 0) {
            context.releaseRequest();
        }
    }

    private void answer(boolean onLogWriter) {
        ProduceResponse prepared = started();
        if (acks == 0) {
            // The only way to tell a client that wants no answers that something went wrong.
            if (anyError) {
                context.close(CloseReason.UNANSWERED_ERROR);
            } else {
                context.respondNothing();
            }
        } else if (onLogWriter) {
            context.respondQuietly(prepared);
        } else {
            context.respond(prepared);
        }
    }

    private ProduceResponse started() {
        ProduceResponse prepared = response;
        if (prepared == null) {
            throw new IllegalStateException("A request was answered before it was started");
        }
        return prepared;
    }
}
