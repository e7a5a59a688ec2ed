package io.headrace.server.metadata;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.server.api.RequestContext;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is told to find a broker.
 *
 * @param host a name or an address
 */
public record AdvertisedAddress(String host, int port) {
    /**
     * The address of a broker for whoever sent a request: the broker's own on the listener that the request came by. If no
     * host is configured there, it is the address that the client connected to, which is known to work; if no port is, the
     * port is that one, too.
     *
     * @return null if the broker is not on that listener
     */
    public static @Nullable AdvertisedAddress of(BrokerRegistration broker, RequestContext context) {
        BrokerRegistration.Endpoint endpoint = broker.endpoint(context.listenerName());
        if (endpoint == null) {
            return null;
        }
        if (!endpoint.host().isEmpty()) {
            return new AdvertisedAddress(endpoint.host(), endpoint.port());
        }
        InetSocketAddress connectedTo = context.localAddress();
        return new AdvertisedAddress(
                connectedTo.getAddress().getHostAddress(),
                endpoint.port() == 0 ? connectedTo.getPort() : endpoint.port());
    }
}
