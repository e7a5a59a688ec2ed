package io.headrace.network.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A fixed number of event loops, on Linux's epoll if it can be loaded and on NIO otherwise. */
public final class NetworkLoops implements AutoCloseable {
    private static final long STOP_TIMEOUT_MS = 5_000;

    static {
        // What Netty would come to by itself, after it has looked for three logging libraries that are not there.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    }

    private final MultiThreadIoEventLoopGroup group;
    private final List<NetworkLoop> loops;
    private final boolean epoll;

    private NetworkLoops(MultiThreadIoEventLoopGroup group, boolean epoll) {
        this.group = group;
        this.epoll = epoll;
        List<NetworkLoop> list = new ArrayList<>();
        for (EventExecutor executor : group) {
            list.add(new NetworkLoop((SingleThreadEventLoop) executor, list.size()));
        }
        this.loops = List.copyOf(list);
    }

    /** Starts {@code count} loops; their daemon threads are named {@code <threadName>-N} and start with the first work. */
    public static NetworkLoops start(int count, String threadName) {
        return start(count, threadName, Epoll.isAvailable());
    }

    /** As {@link #start(int, String)}, but on NIO even where epoll is there. */
    public static NetworkLoops startNio(int count, String threadName) {
        return start(count, threadName, false);
    }

    private static NetworkLoops start(int count, String threadName, boolean epoll) {
        IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new NetworkLoops(
                new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory(threadName, true), factory), epoll);
    }

    /** The loops, in a fixed order. */
    public List<NetworkLoop> all() {
        return loops;
    }

    /** The loop that a Netty channel is registered with. */
    public NetworkLoop of(EventLoop eventLoop) {
        for (int i = 0; i < loops.size(); i++) {
            if (loops.get(i).eventLoop() == eventLoop) {
                return loops.get(i);
            }
        }
        throw new IllegalArgumentException("Not one of these loops: " + eventLoop);
    }

    /** Wakes every loop whose mailbox has tasks; see {@link NetworkLoop#postQuietly}. */
    public void wakeUpAll() {
        for (int i = 0; i < loops.size(); i++) {
            loops.get(i).wakeUp();
        }
    }

    /** The Netty group behind these loops. */
    public MultiThreadIoEventLoopGroup group() {
        return group;
    }

    /** The channel class to listen with. */
    public Class<? extends ServerChannel> serverChannelClass() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** The channel class to connect with. */
    public Class<? extends SocketChannel> socketChannelClass() {
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /** Stops without waiting: for a process that is about to end. Its threads are daemons. */
    public void closeNow() {
        Future<?> unused = group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    /** Stops the threads, closing what is still open. Waits a few seconds for it. */
    @Override
    public void close() {
        group.shutdownGracefully(0, STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_TIMEOUT_MS);
    }
}
