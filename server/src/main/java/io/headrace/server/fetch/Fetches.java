package io.headrace.server.fetch;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.server.api.RequestContext;
import io.headrace.server.fetch.FetchSessions.Selection;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Authorizer;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** Takes Fetch requests in: finds their session and bounds, and lets them look for data. Any network loop. */
public final class Fetches {
    private final Partitions partitions;
    private final FetchSessions sessions;
    private final Authorizer authorizer;
    private final int maxBytes;
    private final LongSupplier clockMs;
    private final Executor io;

    /**
     * @param maxBytes {@code fetch.max.bytes}: the most that one answer carries, but for a first batch that is larger
     * @param clockMs milliseconds since some moment, never set back
     * @param io reads what may have to come from the disk
     */
    public Fetches(
            Partitions partitions,
            FetchSessions sessions,
            Authorizer authorizer,
            int maxBytes,
            LongSupplier clockMs,
            Executor io) {
        this.partitions = partitions;
        this.sessions = sessions;
        this.authorizer = authorizer;
        this.maxBytes = maxBytes;
        this.clockMs = clockMs;
        this.io = io;
    }

    /** Serves one request, now or when there is enough to send. */
    public void start(RequestContext context, FetchRequest request) {
        long nowMs = clockMs.getAsLong();
        Selection selection = sessions.select(request, context.apiVersion(), nowMs);
        if (selection.error() != ErrorCode.NONE) {
            context.respond(new FetchResponse().setErrorCode(selection.error().code()));
            return;
        }
        int bound = Math.max(0, Math.min(request.maxBytes(), maxBytes));
        new PendingFetch(partitions, authorizer, context, request, selection, bound, clockMs, io).start();
    }
}
