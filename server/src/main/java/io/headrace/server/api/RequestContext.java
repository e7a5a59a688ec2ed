package io.headrace.server.api;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.server.security.Principal;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: what its header and its connection say, and how to answer.
 *
 * <p>Exactly one of {@link #respond}, {@link #respondNothing} and {@link #close} ends it. They may be called from any
 * thread; answers leave the connection in the order in which their requests arrived.
 */
public interface RequestContext {
    ApiKey apiKey();

    short apiVersion();

    /** The client's own name for itself, or null when it sent none. */
    @Nullable
    String clientId();

    Principal principal();

    /** The client's address as text, without a port and without a leading slash. */
    String clientHost();

    /** The name of the listener that the client connected to, for instance {@code PLAINTEXT}. */
    String listenerName();

    /** The address and port on this side of the connection: what a client is told when nothing else is advertised. */
    InetSocketAddress localAddress();

    /** Sends the answer, encoded in the request's version. */
    void respond(ApiMessage response);

    /**
     * As {@link #respond}, for a thread that answers many requests in a row and then wakes the network loops once; without
     * that the answer would lie.
     */
    void respondQuietly(ApiMessage response);

    /** Ends the request without an answer, as Produce with {@code acks=0} wants it. */
    void respondNothing();

    /** Ends the request by closing the connection; the reason is counted. */
    void close(CloseReason reason);

    /** Runs a task on the network loop of this connection. */
    void execute(Runnable task);

    /** As {@link #execute}, with the promise of {@link #respondQuietly}. */
    void executeQuietly(Runnable task);

    /** Runs a task on the network loop of this connection after a delay. */
    void schedule(Runnable task, long delayMs);

    /** Whether somebody is still there to answer. On the connection's loop. */
    boolean isConnected();

    /** Keeps the request's memory until {@link #releaseRequest}: for handlers that go on with its bytes after returning. */
    void retainRequest();

    void releaseRequest();
}
