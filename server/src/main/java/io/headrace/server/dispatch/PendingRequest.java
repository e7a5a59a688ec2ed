package io.headrace.server.dispatch;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.Connection;
import io.headrace.network.server.IncomingFrame;
import io.headrace.network.server.OutgoingFrame;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.message.ResponseHeader;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Principal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A request that has been read and not yet answered. The answer is encoded on the connection's loop, whoever gives it.
 */
final class PendingRequest implements RequestContext, Runnable {
    private static final Logger LOG = System.getLogger(PendingRequest.class.getName());

    private final RequestDispatcher dispatcher;
    private final ClientConnection client;
    private final IncomingFrame frame;
    private final ApiKey apiKey;
    private final short apiVersion;
    private final RequestHeader header;
    private final ApiMessage body;
    private int throttleMs;
    private @Nullable ApiMessage response;
    private @Nullable CloseReason closeReason;

    PendingRequest(
            RequestDispatcher dispatcher,
            ClientConnection client,
            IncomingFrame frame,
            ApiKey apiKey,
            short apiVersion,
            RequestHeader header,
            ApiMessage body) {
        this.dispatcher = dispatcher;
        this.client = client;
        this.frame = frame;
        this.apiKey = apiKey;
        this.apiVersion = apiVersion;
        this.header = header;
        this.body = body;
    }

    /** The answer is to say that the client is held back for so long. Before the request is served. */
    void throttle(int ms) {
        throttleMs = ms;
    }

    ApiMessage body() {
        return body;
    }

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return apiVersion;
    }

    @Override
    public @Nullable String clientId() {
        return header.clientId();
    }

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public String clientHost() {
        return client.clientHost();
    }

    @Override
    public String listenerName() {
        return connection().listenerName();
    }

    @Override
    public InetSocketAddress localAddress() {
        return connection().localAddress();
    }

    @Override
    public void respond(ApiMessage answer) {
        response = answer;
        if (connection().loop().inLoop()) {
            run();
        } else {
            connection().loop().post(this);
        }
    }

    @Override
    public void respondQuietly(ApiMessage answer) {
        response = answer;
        connection().loop().postQuietly(this);
    }

    @Override
    public void respondNothing() {
        execute(this);
    }

    @Override
    public void close(CloseReason reason) {
        closeReason = reason;
        execute(this);
    }

    /** The handler broke. What state the request is in cannot be known, so the client is cut off. */
    void fail() {
        if (response == null && closeReason == null) {
            close(CloseReason.HANDLER_FAILURE);
        }
    }

    @Override
    public void execute(Runnable task) {
        if (connection().loop().inLoop()) {
            task.run();
        } else {
            connection().loop().post(task);
        }
    }

    @Override
    public void executeQuietly(Runnable task) {
        connection().loop().postQuietly(task);
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
        connection().loop().schedule(task, delayMs);
    }

    @Override
    public boolean isConnected() {
        return connection().isOpen();
    }

    @Override
    public void retainRequest() {
        frame.retain();
    }

    @Override
    public void releaseRequest() {
        frame.release();
    }

    /** Completes the request's slot with what was decided. On the connection's loop. */
    @Override
    public void run() {
        if (closeReason != null) {
            frame.slot().close(closeReason);
        } else if (response != null) {
            send(response);
        } else {
            frame.slot().skip();
        }
        client.onRequestDone();
    }

    private void send(ApiMessage answer) {
        if (throttleMs > 0) {
            ApiMessage unused = answer.setThrottleTimeMs(throttleMs);
        }
        WireWriter writer = dispatcher.takeWriter(connection());
        try {
            short headerVersion = apiKey.responseHeaderVersion(apiVersion);
            new ResponseHeader().setCorrelationId(header.correlationId()).write(writer, headerVersion);
            answer.write(writer, answerVersion());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Encoding the answer to " + this + " failed", e);
            frame.slot().close(CloseReason.HANDLER_FAILURE);
            return;
        }
        frame.slot().send(new OutgoingFrame(writer.parts(), () -> dispatcher.returnWriter(connection(), writer)));
    }

    /** An ApiVersions request of an unknown version is answered in version 0, which every client reads. */
    private short answerVersion() {
        boolean known = apiVersion >= apiKey.lowestVersion() && apiVersion <= apiKey.highestVersion();
        return known ? apiVersion : apiKey.lowestVersion();
    }

    private Connection connection() {
        return client.connection();
    }

    @Override
    public String toString() {
        return apiKey.apiName() + " version " + apiVersion + " from " + connection();
    }
}
