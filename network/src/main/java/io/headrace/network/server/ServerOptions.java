package io.headrace.network.server;

import java.net.InetAddress;
import java.util.Map;

/**
 * Limits that all listeners of a broker share.
 *
 * @param connectionsMax {@code max.connections}: at this many, no listener accepts until one closes
 * @param connectionsPerAddressMax {@code max.connections.per.ip}: one more is closed at once
 * @param connectionsPerAddressOverrides {@code max.connections.per.ip.overrides}
 * @param connectionsPerSecondMax {@code max.connection.creation.rate}: accepting is put off to stay below
 * @param inboundBytesMax memory for received frames, those being worked on included; when it is used up, connections
 *     stop reading
 */
public record ServerOptions(
        int connectionsMax,
        int connectionsPerAddressMax,
        Map<InetAddress, Integer> connectionsPerAddressOverrides,
        int connectionsPerSecondMax,
        long inboundBytesMax) {

    /** No limit on connections, 128 MiB for received frames. */
    public static ServerOptions defaults() {
        return new ServerOptions(Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of(), Integer.MAX_VALUE, 128L << 20);
    }

    /** The same with another bound on memory. */
    public ServerOptions withInboundBytesMax(long bytes) {
        return new ServerOptions(
                connectionsMax,
                connectionsPerAddressMax,
                connectionsPerAddressOverrides,
                connectionsPerSecondMax,
                bytes);
    }

    /** The same with other limits on the number of connections. */
    public ServerOptions withConnectionLimits(
            int max, int perAddressMax, Map<InetAddress, Integer> overrides, int perSecondMax) {
        return new ServerOptions(max, perAddressMax, Map.copyOf(overrides), perSecondMax, inboundBytesMax);
    }
}
