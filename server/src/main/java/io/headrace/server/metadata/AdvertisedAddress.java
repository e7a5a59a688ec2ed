package io.headrace.server.metadata;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.server.api.RequestContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is told to find a broker.
 *
 * @param host a name or an address
 */
public record AdvertisedAddress(String host, int port) {
    /**
     * The address of a broker for whoever sent a request: the broker's own on the listener that the request came by. If none
     * is configured there, it is the address that the client connected to, which is known to work.
     *
     * @return null if the broker is not on that listener
     */
    public static @Nullable AdvertisedAddress of(BrokerRegistration broker, RequestContext context) {
        BrokerRegistration.Endpoint endpoint = broker.endpoint(context.listenerName());
        if (endpoint == null) {
            return null;
        }
        return endpoint.host().isEmpty()
                ? new AdvertisedAddress(
                        context.localAddress().getAddress().getHostAddress(),
                        context.localAddress().getPort())
                : new AdvertisedAddress(endpoint.host(), endpoint.port());
    }
}
