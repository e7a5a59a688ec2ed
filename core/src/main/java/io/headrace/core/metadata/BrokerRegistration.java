package io.headrace.core.metadata;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A broker that is part of the cluster.
 *
 * @param id its number
 * @param epoch the number of its registration, larger for a later one
 * @param incarnation tells one run of the broker's process from the next
 * @param endpoints where it can be reached, at least one
 * @param rack where it stands; null when not said
 * @param fenced whether it is kept from leading and from being told to clients
 */
public record BrokerRegistration(
        int id,
        long epoch,
        UUID incarnation,
        List<Endpoint> endpoints,
        @Nullable String rack,
        boolean fenced) {

    /**
     * An address of a broker.
     *
     * @param listener the listener's name
     * @param host the host told to clients; empty when it is the one they connect to
     * @param port the port told to clients; 0, with an empty host, when it is the one they connect to
     * @param securityProtocol the code of the security protocol: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL
     */
    public record Endpoint(String listener, String host, int port, short securityProtocol) {}

    /** Copies the list unless it is immutable already. */
    public BrokerRegistration {
        endpoints = List.copyOf(endpoints);
    }

    /** The endpoint of a listener; null when the broker does not have that listener. */
    public @Nullable Endpoint endpoint(String listener) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.listener().equals(listener)) {
                return endpoint;
            }
        }
        return null;
    }
}
