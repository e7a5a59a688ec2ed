package io.headrace.network.server;

import io.headrace.network.loop.NetworkLoop;
import io.headrace.network.loop.NetworkLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A broker's listeners, with the limits they share.
 *
 * <p>It knows frames and the order of answers, nothing of what is in them.
 */
public final class FrameServer implements AutoCloseable {
    private static final WriteBufferWaterMark ENCRYPTED_WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private final NetworkLoops loops;
    private final NetworkCounters counters = new NetworkCounters();
    private final ConnectionLimits limits;
    private final InboundBudget budget;
    private final CreationRate creationRate;
    private final List<ConnectionLoop> connectionLoops = new ArrayList<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong nextConnectionId = new AtomicLong();

    /**
     * @param loops serve the connections; the caller stops them, after this server
     */
    public FrameServer(NetworkLoops loops, ServerOptions options) {
        this(loops, options, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    }

    /** @param clockMs milliseconds of an arbitrary clock, by which connections time out */
    FrameServer(NetworkLoops loops, ServerOptions options, LongSupplier clockMs) {
        this.loops = loops;
        this.limits = new ConnectionLimits(options);
        this.budget = new InboundBudget(options.inboundBytesMax(), this::retryReading);
        this.creationRate = new CreationRate(options.connectionsPerSecondMax(), System.nanoTime());
        for (NetworkLoop loop : loops.all()) {
            connectionLoops.add(new ConnectionLoop(loop, budget, counters, clockMs));
        }
    }

    /**
     * Listens. Connections are accepted when this returns.
     *
     * @throws IOException when the address cannot be bound; the message names it
     */
    public Listener listen(ListenerOptions options, ConnectionHandler.Factory factory) throws IOException {
        AcceptGate gate = new AcceptGate(options, limits, creationRate, counters);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannelClass())
                .option(ChannelOption.SO_BACKLOG, options.backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(gate)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        setUp(channel, options, factory);
                    }
                });
        if (options.receiveBufferBytes > 0) {
            // On the listening socket too: the window scale is settled during the handshake.
            bootstrap.option(ChannelOption.SO_RCVBUF, options.receiveBufferBytes);
            bootstrap.childOption(ChannelOption.SO_RCVBUF, options.receiveBufferBytes);
        }
        if (options.sendBufferBytes > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, options.sendBufferBytes);
        }
        ChannelFuture bound = bootstrap.bind(options.address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            String why = options.address.isUnresolved() ? "unknown host" : cause.getMessage();
            throw new IOException("Cannot listen on " + options.address + " for " + options.name + ": " + why, cause);
        }
        Listener listener = new Listener(options.name, bound.channel(), gate, connectionLoops, listeners::remove);
        listeners.add(listener);
        return listener;
    }

    private void setUp(SocketChannel channel, ListenerOptions options, ConnectionHandler.Factory factory) {
        ConnectionLoop home = connectionLoops.get(loops.of(channel.eventLoop()).index());
        Connection connection = new Connection(nextConnectionId.incrementAndGet(), channel, home, options);
        Supplier<SslContext> tls = options.tls;
        if (tls != null) {
            SslHandler handler = tls.get().newHandler(channel.alloc());
            handler.setHandshakeTimeoutMillis(options.partialFrameTimeoutMs);
            channel.pipeline().addLast(handler);
            channel.config().setWriteBufferWaterMark(ENCRYPTED_WATER_MARK);
        } else {
            channel.config().setRecvByteBufAllocator(connection.reader().receiveAllocator());
        }
        channel.pipeline().addLast(new ConnectionChannel(connection, factory, tls != null));
        home.add(connection);
        ChannelFuture unused = channel.closeFuture().addListener(closed -> {
            home.remove(connection);
            for (Listener listener : listeners) {
                listener.gate().wakeIfFull();
            }
        });
    }

    /**
     * Puts other limits on the number and the rate of connections in force; what is open stays open, and the bound on memory as
     * it was. Any thread.
     */
    public void limitConnections(ServerOptions options) {
        limits.change(options);
        creationRate.change(options.connectionsPerSecondMax(), System.nanoTime());
        for (Listener listener : listeners) {
            listener.gate().onLimitsChanged();
        }
    }

    /** Looks for connections that have timed out, which otherwise happens once a second. */
    void sweep() {
        for (ConnectionLoop loop : connectionLoops) {
            loop.loop().post(loop::sweep);
        }
    }

    private void retryReading() {
        for (ConnectionLoop loop : connectionLoops) {
            loop.loop().post(loop::retryReading);
        }
    }

    /** What happened so far. */
    public NetworkCounters counters() {
        return counters;
    }

    /** Connections open now. */
    public int connectionCount() {
        return limits.count();
    }

    /** Memory that received frames take now, in bytes. */
    public long inboundBytes() {
        return budget.usedBytes();
    }

    /** Stops listening and closes all connections. */
    @Override
    public void close() {
        for (Listener listener : listeners) {
            listener.close();
        }
    }
}
