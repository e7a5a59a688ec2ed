package io.headrace.network.server;

import io.headrace.network.loop.NetworkLoop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.ssl.SslHandler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One accepted connection. Its methods are for its loop's thread unless they say otherwise; identity may be read by any.
 *
 * <p>Frames are handed out as they come, the next one before the last one is answered, until the handler pauses, too many
 * await their answer, or the peer does not take its answers.
 */
public final class Connection {
    private static final Logger LOG = System.getLogger(Connection.class.getName());
    /** So many bytes earn a frame one more millisecond to arrive. */
    private static final int BYTES_PER_MS_MIN = 16;

    /** Unique among the connections of this process. */
    private final long id;

    private final Channel channel;
    private final ConnectionLoop home;
    private final String listenerName;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;
    private final long idleTimeoutMs;
    private final long partialFrameTimeoutMs;
    private final NetworkCounters counters;
    private final InboundBudget budget;
    private final FrameReader reader;
    private final ResponseQueue responses;

    private @Nullable ConnectionHandler handler;
    private @Nullable CloseReason closeReason;
    private @Nullable CloseReason closingFor;
    private boolean ended;
    private boolean paused;
    private boolean readingStopped;
    private long lastActiveMs;
    private long frameStartedMs;
    private long closingSinceMs;
    private long lastSendProgress;
    /** Place in the loop's list of connections, kept by it. */
    int indexInLoop = -1;

    Connection(long id, Channel channel, ConnectionLoop home, ListenerOptions options) {
        this.id = id;
        this.channel = channel;
        this.home = home;
        this.listenerName = options.name;
        this.remoteAddress = (InetSocketAddress) channel.remoteAddress();
        this.localAddress = (InetSocketAddress) channel.localAddress();
        this.idleTimeoutMs = options.idleTimeoutMs;
        this.partialFrameTimeoutMs = options.partialFrameTimeoutMs;
        this.counters = home.counters();
        this.budget = home.budget();
        this.reader = new FrameReader(this, channel.alloc(), budget, options.frameBytesMax);
        this.responses = new ResponseQueue(this, channel, options);
        this.lastActiveMs = home.nowMs();
        this.frameStartedMs = lastActiveMs;
    }

    /** The peer's address and port. */
    public InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    /** The address and port the peer connected to. */
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    /** The listener it came in by. */
    public String listenerName() {
        return listenerName;
    }

    /** The loop that serves it. */
    public NetworkLoop loop() {
        return home.loop();
    }

    /** The TLS session with the peer's certificates, null without TLS. */
    public @Nullable SSLSession tlsSession() {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? null : tls.engine().getSession();
    }

    /** Sets the largest frame accepted from now on, to allow more once the peer is known. On the loop. */
    public void limitFrameBytes(int bytes) {
        reader.limitFrameBytes(bytes);
    }

    /** Hands out no further frame until {@link #resumeReading()}. May be called inside {@code onFrame}. On the loop. */
    public void pauseReading() {
        paused = true;
    }

    /** Hands out frames again, those first that are there already, before it returns. On the loop. */
    public void resumeReading() {
        if (paused) {
            paused = false;
            handOutMore();
        }
    }

    /** Whether it is up and nobody has asked to close it. On the loop. */
    public boolean isOpen() {
        return closeReason == null && !ended;
    }

    /** Drops what has not been sent and closes. The first reason counts. From any thread. */
    public void close(CloseReason reason) {
        if (!loop().inLoop()) {
            loop().post(() -> close(reason));
        } else if (isOpen()) {
            closeReason = reason;
            ChannelFuture unused = channel.close(); // its end comes as an event
        }
    }

    @Override
    public String toString() {
        return listenerName + " connection " + id + " from " + remoteAddress;
    }

    // What follows is for the classes of this package, on the loop.

    ResponseQueue responses() {
        return responses;
    }

    FrameReader reader() {
        return reader;
    }

    void start(ConnectionHandler.Factory factory) {
        try {
            handler = factory.onConnected(this);
        } catch (RuntimeException failure) {
            fail("the handler could not be set up", failure);
        }
    }

    boolean wantsFrames() {
        return !paused && isOpen() && !responses.isFull();
    }

    void onRead(ByteBuf bytes) {
        if (handler == null || !isOpen()) {
            bytes.release();
        } else {
            reader.onRead(bytes);
        }
    }

    void onReadComplete() {
        lastActiveMs = home.nowMs();
        reader.onReadComplete();
        updateReading();
    }

    void deliver(ReceiveBuffer memory, int start, int sizeBytes) {
        IncomingFrame frame = new IncomingFrame(memory, start, sizeBytes, responses.addSlot(sizeBytes));
        counters.framesIn.increment();
        counters.bytesIn.add(sizeBytes + FrameWriter.PREFIX_BYTES);
        try {
            ConnectionHandler to = handler;
            if (to != null) {
                to.onFrame(frame);
            }
        } catch (RuntimeException failure) {
            fail("a request could not be handled", failure);
        } finally {
            frame.release();
        }
    }

    void onFrameStarted() {
        frameStartedMs = home.nowMs();
    }

    void onResponsesDrained() {
        if (!paused) {
            handOutMore();
        }
    }

    private void handOutMore() {
        if (isOpen()) {
            reader.parse();
            updateReading();
        }
    }

    /**
     * Stops reading the socket only when bytes have come that nobody wants yet: a pause in which the peer sends nothing,
     * as in each long poll, then costs no system call.
     */
    private void updateReading() {
        if (!isOpen()) {
            return;
        }
        boolean wanted = wantsFrames() || reader.pendingBytes() == 0;
        boolean hasMemory = budget.mayRead(this, reader.inFrame());
        if (!hasMemory && !readingStopped) {
            counters.memoryPauses.increment();
        }
        boolean stop = !wanted || !hasMemory;
        if (stop != readingStopped) {
            readingStopped = stop;
            frameStartedMs = home.nowMs(); // the peer is not to blame for the time we did not read
            channel.config().setAutoRead(!stop);
        }
    }

    /** Memory may be there again. */
    void retryReading() {
        if (readingStopped) {
            updateReading();
        }
    }

    /** Hands out no further frame and closes when all earlier ones are answered, or when that takes too long. */
    void closeAfterAnswers(CloseReason reason) {
        responses.addSlot(0).close(reason);
    }

    boolean isClosing() {
        return closingFor != null;
    }

    /** Nothing more will be handed out: the answers that are due have a limited time to be given and taken. */
    void onClosing(CloseReason reason) {
        closingFor = reason;
        closingSinceMs = home.nowMs();
    }

    void onWritable() {
        responses.write();
    }

    void onSent(int frames, long bytes, boolean success) {
        if (success) {
            lastActiveMs = home.nowMs();
            counters.framesOut.add(frames);
            counters.bytesOut.add(bytes);
        }
    }

    /** Ends the connection because our side broke. */
    void fail(String what, Throwable failure) {
        if (isOpen()) {
            LOG.log(Level.ERROR, "Closing " + this + ": " + what, failure);
            close(CloseReason.HANDLER_FAILURE);
        }
    }

    /** Once a second: closes what has been still for too long. */
    void sweep(long nowMs) {
        CloseReason closing = closingFor;
        if (closing != null && nowMs - closingSinceMs > partialFrameTimeoutMs) {
            close(closing);
            return;
        }
        if (readingStopped) {
            updateReading();
        } else if (reader.inFrame()
                && nowMs - frameStartedMs > partialFrameTimeoutMs + reader.pendingBytes() / BYTES_PER_MS_MIN) {
            close(CloseReason.PARTIAL_FRAME_TIMEOUT);
            return;
        } else if (handler == null && nowMs - frameStartedMs > partialFrameTimeoutMs) {
            close(CloseReason.TLS_FAILED);
            return;
        }
        noteSendProgress(nowMs);
        if (nowMs - lastActiveMs > idleTimeoutMs && (responses.isIdle() || responses.isSending())) {
            close(CloseReason.IDLE);
        }
    }

    private void noteSendProgress(long nowMs) {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        if (responses.isSending() && outbound != null && outbound.currentProgress() != lastSendProgress) {
            lastSendProgress = outbound.currentProgress();
            lastActiveMs = nowMs;
        }
    }

    void onEnded(CloseReason unlessKnown) {
        if (ended) {
            return;
        }
        CloseReason reason = closeReason == null ? unlessKnown : closeReason;
        closeReason = reason;
        ended = true;
        counters.countClose(reason);
        reader.end();
        responses.end();
        ConnectionHandler told = handler;
        if (told != null) {
            try {
                told.onClosed(reason);
            } catch (RuntimeException failure) {
                LOG.log(Level.ERROR, "The handler of " + this + " failed at its end", failure);
            }
        }
    }
}
