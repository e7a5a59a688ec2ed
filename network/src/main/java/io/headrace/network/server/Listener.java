package io.headrace.network.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/** A socket that accepts connections. */
public final class Listener implements AutoCloseable {
    private final String name;
    private final Channel channel;
    private final AcceptGate gate;
    private final List<ConnectionLoop> loops;
    private final Consumer<Listener> onClose;

    Listener(String name, Channel channel, AcceptGate gate, List<ConnectionLoop> loops, Consumer<Listener> onClose) {
        this.name = name;
        this.channel = channel;
        this.gate = gate;
        this.loops = loops;
        this.onClose = onClose;
    }

    /** The listener's name. */
    public String name() {
        return name;
    }

    /** Where it listens, with the port that was chosen if none was given. */
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    AcceptGate gate() {
        return gate;
    }

    /** Accepts no more; the connections there are go on. Returns when the port is free. Not on a loop. */
    public void stopAccepting() {
        ChannelFuture unused = channel.close().awaitUninterruptibly();
    }

    /** Accepts no more, and closes the connections that were accepted. Not on a loop. */
    @Override
    public void close() {
        stopAccepting();
        for (ConnectionLoop loop : loops) {
            loop.loop().post(() -> {
                for (Connection connection : loop.ofListener(name)) {
                    connection.close(CloseReason.SHUTDOWN);
                }
            });
        }
        onClose.accept(this);
    }
}
