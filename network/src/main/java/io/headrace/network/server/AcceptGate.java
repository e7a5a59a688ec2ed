package io.headrace.network.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Lets new connections in, one listener's. Over a limit on their number or rate it stops accepting, so that they wait in
 * the operating system's backlog; over the limit of their address they are closed.
 *
 * <p>Owned by the loop of the listening socket, except {@link #onConnectionEnded} and {@link #onLimitsChanged}.
 */
final class AcceptGate extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = System.getLogger(AcceptGate.class.getName());
    /** After running out of file descriptors. */
    private static final long RETRY_AFTER_FAILURE_MS = 1_000;

    private final ListenerOptions options;
    private final ConnectionLimits limits;
    private final CreationRate brokerRate;
    private final CreationRate listenerRate;
    private final NetworkCounters counters;
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean full;
    /** Not null while it waits for time to pass. */
    private @Nullable ScheduledFuture<?> timer;

    private @Nullable ChannelHandlerContext context;

    AcceptGate(ListenerOptions options, ConnectionLimits limits, CreationRate brokerRate, NetworkCounters counters) {
        this.options = options;
        this.limits = limits;
        this.brokerRate = brokerRate;
        this.listenerRate = new CreationRate(options.connectionsPerSecondMax, System.nanoTime());
        this.counters = counters;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel child = (Channel) message;
        InetSocketAddress remote = (InetSocketAddress) child.remoteAddress();
        if (remote == null) {
            child.unsafe().closeForcibly(); // gone before it was accepted
            return;
        }
        InetAddress address = remote.getAddress();
        if (!limits.add(address)) {
            counters.countClose(CloseReason.TOO_MANY_FROM_ADDRESS);
            child.unsafe().closeForcibly();
            return;
        }
        count.incrementAndGet();
        counters.accepted.increment();
        ChannelFuture unused = child.closeFuture().addListener(closed -> onConnectionEnded(address));
        long now = System.nanoTime();
        long waitMs = Math.max(brokerRate.take(now), listenerRate.take(now));
        if (waitMs > 0) {
            waitForTime(ctx, waitMs);
        }
        if (isFull()) {
            pauseWhileFull(ctx);
        }
        ctx.fireChannelRead(child);
    }

    private void pauseWhileFull(ChannelHandlerContext ctx) {
        full = true;
        counters.acceptPauses.increment();
        ctx.channel().config().setAutoRead(false);
        acceptAgainIfPossible();
    }

    /** Other limits are in force. Any thread. */
    void onLimitsChanged() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !ctx.executor().isShuttingDown()) {
            ctx.executor().execute(() -> {
                endWaiting();
                if (isFull()) {
                    pauseWhileFull(ctx);
                } else {
                    acceptAgainIfPossible();
                }
            });
        }
    }

    private boolean isFull() {
        return count.get() >= options.connectionsMax || (!options.exemptFromConnectionsMax && limits.isFull());
    }

    private void waitForTime(ChannelHandlerContext ctx, long waitMs) {
        counters.acceptPauses.increment();
        ctx.channel().config().setAutoRead(false);
        ScheduledFuture<?> running = timer;
        if (running == null || running.getDelay(TimeUnit.MILLISECONDS) < waitMs) {
            endWaiting();
            timer = ctx.executor()
                    .schedule(
                            () -> {
                                timer = null;
                                acceptAgainIfPossible();
                            },
                            waitMs,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void endWaiting() {
        ScheduledFuture<?> running = timer;
        timer = null;
        if (running != null) {
            boolean unused = running.cancel(false);
        }
    }

    private void onConnectionEnded(InetAddress address) {
        limits.remove(address);
        count.decrementAndGet();
        wakeIfFull();
    }

    /** A connection of this or, with a limit common to all, of another listener has ended. Any thread. */
    void wakeIfFull() {
        ChannelHandlerContext ctx = context;
        if (full && ctx != null && !ctx.executor().isShuttingDown()) {
            ctx.executor().execute(this::acceptAgainIfPossible);
        }
    }

    private void acceptAgainIfPossible() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && timer == null && !isFull()) {
            full = false;
            ctx.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.log(Level.WARNING, "Listener {0} cannot accept: {1}", options.name, cause.getMessage());
            waitForTime(ctx, RETRY_AFTER_FAILURE_MS);
        } else {
            LOG.log(Level.ERROR, "Listener " + options.name + " failed", cause);
        }
    }
}
