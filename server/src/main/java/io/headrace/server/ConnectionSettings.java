package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.ConnectionConfig;
import io.headrace.core.config.Listener;
import io.headrace.network.server.FrameServer;
import io.headrace.network.server.ListenerOptions;
import io.headrace.network.server.ServerOptions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** How a broker accepts connections, by its configuration as it is now. */
final class ConnectionSettings {
    private static final Logger LOG = System.getLogger(ConnectionSettings.class.getName());

    private final Supplier<BrokerConfig> config;

    ConnectionSettings(Supplier<BrokerConfig> config) {
        this.config = config;
    }

    /** @throws UnknownHostException if {@code max.connections.per.ip.overrides} names a host that nobody knows */
    ServerOptions server() throws UnknownHostException {
        ConnectionConfig connections = config.get().connections();
        Map<InetAddress, Integer> overrides = new HashMap<>();
        for (Map.Entry<String, Integer> override :
                connections.connectionsPerIpOverrides().entrySet()) {
            overrides.put(InetAddress.getByName(override.getKey()), override.getValue());
        }
        return ServerOptions.defaults()
                .withInboundBytesMax(connections.requestBytesInFlightMax())
                .withConnectionLimits(
                        connections.connectionsMax(),
                        connections.connectionsPerIpMax(),
                        overrides,
                        connections.connectionsPerSecondMax());
    }

    ListenerOptions listener(Listener listener) {
        ConnectionConfig connections = config.get().connections();
        InetSocketAddress address = listener.anyAddress()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(listener.host(), listener.port());
        return new ListenerOptions(listener.name(), address)
                .frameBytesMax(connections.requestBytesMax())
                .idleTimeoutMs(connections.idleMsMax() < 0 ? Long.MAX_VALUE / 2 : connections.idleMsMax())
                .socketBuffers(connections.sendBufferBytes(), connections.receiveBufferBytes())
                .backlog(connections.backlogSize())
                .partialFrameTimeoutMs(connections.frameTimeoutMs())
                .outstandingMax(connections.requestsPerConnectionMax(), connections.requestBytesPerConnectionMax())
                .outboundBytesMax(connections.responseBytesPerConnectionMax());
    }

    /** Brings a change of the limits to a server; on an executor, as looking up the hosts that are named may take long. */
    void follow(BrokerConfig before, BrokerConfig after, FrameServer server, Executor io) {
        if (!before.connections().equals(after.connections())) {
            io.execute(() -> limit(server));
        }
    }

    private synchronized void limit(FrameServer server) {
        try {
            server.limitConnections(server());
        } catch (UnknownHostException e) {
            LOG.log(
                    Level.WARNING,
                    "The limits on connections stay as they were: max.connections.per.ip.overrides names {0}",
                    e.getMessage());
        }
    }
}
