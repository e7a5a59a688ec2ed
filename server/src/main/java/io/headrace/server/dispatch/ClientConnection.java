package io.headrace.server.dispatch;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.Connection;
import io.headrace.network.server.ConnectionHandler;
import io.headrace.network.server.IncomingFrame;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.server.api.RequestHandler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one client connection. Lives on the connection's network loop.
 *
 * <p>A client sees its requests take effect one after the other, as with Kafka, which reads the next one when the last one is
 * answered. Here produce requests overtake that rule among themselves: the log writer keeps them in order, so many of them
 * may be on their way at once. Anything else waits until what is on its way is done.
 *
 * <p>A client over a quota is answered at once and then not listened to for as long as it was told to hold back. After a
 * request that ends the connection nothing more is served: the client would never see what became of it.
 */
final class ClientConnection implements ConnectionHandler {
    private static final Logger LOG = System.getLogger(ClientConnection.class.getName());
    private static final int API_KEY_AND_VERSION_BYTES = 4;

    private final RequestDispatcher dispatcher;
    private final Connection connection;
    private @Nullable String clientHost;
    private int inProgress;
    private boolean onlyProduceInProgress = true;
    /** A frame whose turn has not come; reading is paused while there is one. */
    private @Nullable IncomingFrame waiting;
    /** A client over its quota; reading is paused meanwhile. */
    private boolean muted;
    /** A request was refused in a way that ends the connection once the earlier ones are answered. */
    private boolean refused;
    /** It was said that there are bytes behind this client's requests. */
    private boolean trailingBytesSaid;

    ClientConnection(RequestDispatcher dispatcher, Connection connection) {
        this.dispatcher = dispatcher;
        this.connection = connection;
    }

    @Override
    public void onFrame(IncomingFrame frame) {
        if (mayStart(frame)) {
            start(frame);
        } else {
            waiting = frame.retain();
            connection.pauseReading();
        }
    }

    private boolean mayStart(IncomingFrame frame) {
        return inProgress == 0 || (onlyProduceInProgress && isProduce(frame));
    }

    private static boolean isProduce(IncomingFrame frame) {
        ByteBuffer bytes = frame.buffer();
        return bytes.remaining() >= API_KEY_AND_VERSION_BYTES
                && bytes.getShort(bytes.position()) == ApiKey.PRODUCE.id();
    }

    /** A request was answered. On the loop. */
    void onRequestDone() {
        inProgress--;
        if (inProgress == 0) {
            onlyProduceInProgress = true;
        }
        IncomingFrame next = waiting;
        if (next != null && mayStart(next)) {
            waiting = null;
            try {
                start(next);
            } finally {
                next.release();
            }
            resumeReading();
        }
    }

    private void resumeReading() {
        if (waiting == null && !muted && !refused) {
            connection.resumeReading();
        }
    }

    private void mute(int ms) {
        muted = true;
        connection.pauseReading();
        connection
                .loop()
                .schedule(
                        () -> {
                            muted = false;
                            resumeReading();
                        },
                        ms);
    }

    @Override
    public void onClosed(CloseReason reason) {
        IncomingFrame unserved = waiting;
        waiting = null;
        if (unserved != null) {
            unserved.release();
        }
    }

    private void start(IncomingFrame frame) {
        ByteBuffer bytes = frame.buffer();
        if (bytes.remaining() < API_KEY_AND_VERSION_BYTES) {
            refuse(frame, CloseReason.MALFORMED_REQUEST, "a frame of " + bytes.remaining() + " bytes has no header");
            return;
        }
        short apiId = bytes.getShort(bytes.position());
        short version = bytes.getShort(bytes.position() + 2);
        ApiKey key = ApiKey.forId(apiId);
        RequestHandler<ApiMessage> handler = key == null ? null : dispatcher.handler(key);
        if (key == null || handler == null) {
            refuse(frame, CloseReason.UNSUPPORTED_REQUEST, "API key " + apiId + " is not served");
            return;
        }
        boolean supported = version >= key.lowestVersion() && version <= key.highestVersion();
        if (!supported && key != ApiKey.API_VERSIONS) {
            refuse(frame, CloseReason.UNSUPPORTED_REQUEST, key.apiName() + " version " + version + " is not served");
            return;
        }
        PendingRequest request = read(frame, key, version, supported);
        if (request == null) {
            return;
        }
        inProgress++;
        onlyProduceInProgress &= key == ApiKey.PRODUCE;
        serve(handler, request, frame.buffer().remaining());
    }

    /** Decodes header and body; null if that fails, in which case the connection is being closed. */
    private @Nullable PendingRequest read(IncomingFrame frame, ApiKey key, short version, boolean supported) {
        try {
            WireReader reader = new WireReader(frame.buffer());
            // A client that is newer than this broker sends ApiVersions with a header whose fixed part is the same.
            RequestHeader header =
                    RequestHeader.read(reader, supported ? key.requestHeaderVersion(version) : (short) 1);
            ApiMessage body = supported ? key.readRequest(reader, version) : UnsupportedApiVersions.REQUEST;
            if (supported && reader.remaining() > 0) {
                onTrailingBytes(key, version, reader.remaining());
            }
            return new PendingRequest(dispatcher, this, frame, key, version, header, body);
        } catch (MalformedMessageException e) {
            refuse(frame, CloseReason.MALFORMED_REQUEST, key.apiName() + " version " + version + ": " + e.getMessage());
            return null;
        }
    }

    /** Kafka passes over them, so there may be clients that send some. */
    private void onTrailingBytes(ApiKey key, short version, int count) {
        dispatcher.counters().countTrailingBytes();
        if (!trailingBytesSaid) {
            trailingBytesSaid = true;
            LOG.log(
                    Level.DEBUG,
                    "{0} sends bytes behind its requests, which are ignored: {1} behind {2} version {3}",
                    connection,
                    String.valueOf(count),
                    key.apiName(),
                    String.valueOf(version));
        }
    }

    private void serve(RequestHandler<ApiMessage> handler, PendingRequest request, int sizeBytes) {
        try {
            int throttleMs = dispatcher.gate().throttleMs(request, request.body(), sizeBytes);
            if (throttleMs > 0) {
                request.throttle(throttleMs);
                mute(throttleMs);
            }
            handler.handle(request, request.body());
        } catch (RuntimeException | StackOverflowError e) {
            LOG.log(Level.ERROR, "Serving " + request + " failed", e);
            request.fail();
        }
    }

    private void refuse(IncomingFrame frame, CloseReason reason, String what) {
        LOG.log(Level.DEBUG, "Closing {0}: {1}", connection, what);
        refused = true;
        connection.pauseReading();
        frame.slot().close(reason);
    }

    Connection connection() {
        return connection;
    }

    /** The client's address as text. Any thread: at worst it is made twice. */
    String clientHost() {
        String known = clientHost;
        if (known == null) {
            known = connection.remoteAddress().getAddress().getHostAddress();
            clientHost = known;
        }
        return known;
    }
}
