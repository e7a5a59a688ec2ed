package io.headrace.server.api;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.message.ProduceResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A Produce request whose batches are on their way. The last one to get an outcome answers it; the last one whose memory is
 * free gives the request's memory back.
 */
final class PendingProduce {
    private final RequestContext context;
    private final short acks;
    private final AtomicInteger withoutOutcome = new AtomicInteger();
    private final AtomicInteger unreleased = new AtomicInteger();
    private @Nullable ProduceResponse response;
    /** Whether some partition failed. Written before the hand-over to the log writer, and then by it alone. */
    boolean anyError;

    PendingProduce(RequestContext context, short acks) {
        this.context = context;
        this.acks = acks;
    }

    /** Waits for this many appends; answers at once if there are none. */
    void start(ProduceResponse prepared, int appendCount) {
        response = prepared;
        if (appendCount == 0) {
            answer(false);
            return;
        }
        withoutOutcome.set(appendCount);
        unreleased.set(appendCount);
        context.retainRequest();
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
        ProduceResponse prepared = response;
        if (prepared == null) {
            throw new IllegalStateException("A request was answered before it was started");
        }
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
}
