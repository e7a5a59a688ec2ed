package io.headrace.server.dispatch;

import io.headrace.network.server.Connection;
import io.headrace.network.server.ConnectionHandler;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.api.RequestHandler;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows the handler of each API and makes the server's side of each connection.
 *
 * <p>The table is fixed from the start, so any network loop may look into it.
 */
public final class RequestDispatcher implements ConnectionHandler.Factory {
    /** Answers that one loop encodes at the same time are hardly ever more; further encoders are left to the collector. */
    private static final int IDLE_WRITERS_PER_LOOP_MAX = 64;

    private final @Nullable RequestHandler<?>[] handlers = new RequestHandler<?>[Short.MAX_VALUE >> 6];
    private final RequestGate gate;
    private final RequestCounters counters;
    /** Encoders that are not in use, one stack for each loop; a loop touches its own only. */
    private final ArrayDeque<WireWriter>[] writers;

    /**
     * @param handlers what serves each API; what is not in here is not served
     * @param counters counts what is odd
     * @param loopCount how many network loops there are
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public RequestDispatcher(
            Map<ApiKey, RequestHandler<?>> handlers, RequestGate gate, RequestCounters counters, int loopCount) {
        handlers.forEach((key, handler) -> this.handlers[key.id()] = handler);
        this.gate = gate;
        this.counters = counters;
        this.writers = new ArrayDeque[loopCount];
        for (int i = 0; i < loopCount; i++) {
            writers[i] = new ArrayDeque<>();
        }
    }

    @Override
    public ConnectionHandler onConnected(Connection connection) {
        return new ClientConnection(this, connection);
    }

    /** What serves an API; null if nothing does. */
    @SuppressWarnings("unchecked")
    @Nullable
    RequestHandler<ApiMessage> handler(ApiKey key) {
        return (RequestHandler<ApiMessage>) handlers[key.id()];
    }

    RequestGate gate() {
        return gate;
    }

    RequestCounters counters() {
        return counters;
    }

    /** An encoder for one answer. On the connection's loop. */
    WireWriter takeWriter(Connection connection) {
        WireWriter idle = writers[connection.loop().index()].poll();
        return idle != null ? idle : new WireWriter();
    }

    /** Gives the encoder back when its answer was sent. On the connection's loop. */
    void returnWriter(Connection connection, WireWriter writer) {
        ArrayDeque<WireWriter> idle = writers[connection.loop().index()];
        if (idle.size() < IDLE_WRITERS_PER_LOOP_MAX) {
            writer.reset();
            idle.push(writer);
        }
    }
}
