package io.headrace.network.server;

import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How one listener treats its connections. Filled in before {@link FrameServer#listen}, which copies what it needs. */
public final class ListenerOptions {
    final String name;
    final InetSocketAddress address;
    int frameBytesMax = 100 << 20;
    long partialFrameTimeoutMs = 30_000;
    long idleTimeoutMs = 600_000;
    int sendBufferBytes = 102_400;
    int receiveBufferBytes = 102_400;
    int backlog = 50;
    int outstandingFramesMax = 256;
    long outstandingBytesMax = 64L << 20;
    long outboundBytesMax = 2L << 20;
    int connectionsMax = Integer.MAX_VALUE;
    int connectionsPerSecondMax = Integer.MAX_VALUE;
    boolean exemptFromConnectionsMax;

    @Nullable
    Supplier<SslContext> tls;

    /**
     * @param name the listener's name, as in {@code listeners=NAME://host:port}
     * @param address where to listen; port 0 for any free one
     */
    public ListenerOptions(String name, InetSocketAddress address) {
        this.name = name;
        this.address = address;
    }

    /** {@code socket.request.max.bytes}: the largest frame; also see {@link Connection#limitFrameBytes}. */
    public ListenerOptions frameBytesMax(int bytes) {
        frameBytesMax = bytes;
        return this;
    }

    /**
     * How long a frame may take from its first byte to its last. Each 16 KiB that arrive earn a second on top, so that
     * large frames pass on slow links. The TLS handshake has the same time, and so have the answers that are still due when
     * a connection is about to close.
     */
    public ListenerOptions partialFrameTimeoutMs(long ms) {
        partialFrameTimeoutMs = ms;
        return this;
    }

    /** {@code connections.max.idle.ms}; a connection with a request in progress is not idle. */
    public ListenerOptions idleTimeoutMs(long ms) {
        idleTimeoutMs = ms;
        return this;
    }

    /** {@code socket.send.buffer.bytes} and {@code socket.receive.buffer.bytes}; -1 leaves it to the operating system. */
    public ListenerOptions socketBuffers(int sendBytes, int receiveBytes) {
        sendBufferBytes = sendBytes;
        receiveBufferBytes = receiveBytes;
        return this;
    }

    /** {@code socket.listen.backlog.size}. */
    public ListenerOptions backlog(int connections) {
        backlog = connections;
        return this;
    }

    /** How many frames, and bytes of frames, of one connection may await their answer before it is read no further. */
    public ListenerOptions outstandingMax(int frames, long bytes) {
        outstandingFramesMax = frames;
        outstandingBytesMax = bytes;
        return this;
    }

    /** How many bytes of answers may wait for the peer to take them before no further frame of it is handed out. */
    public ListenerOptions outboundBytesMax(long bytes) {
        outboundBytesMax = bytes;
        return this;
    }

    /** The listener's own {@code max.connections} and {@code max.connection.creation.rate}. */
    public ListenerOptions connectionLimits(int max, int perSecondMax) {
        connectionsMax = max;
        connectionsPerSecondMax = perSecondMax;
        return this;
    }

    /** Leaves this listener out of the broker-wide {@code max.connections}, as the one between brokers is. */
    public ListenerOptions exemptFromConnectionsMax(boolean exempt) {
        exemptFromConnectionsMax = exempt;
        return this;
    }

    /** Encrypts. The supplier is asked for each new connection, so that certificates can be replaced while running. */
    public ListenerOptions tls(@Nullable Supplier<SslContext> context) {
        tls = context;
        return this;
    }
}
