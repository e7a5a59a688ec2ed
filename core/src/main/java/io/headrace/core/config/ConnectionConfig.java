package io.headrace.core.config;

import java.util.HashMap;
import java.util.Map;

/**
 * Limits of connections and requests. Sizes are in bytes, times in milliseconds.
 *
 * @param connectionsMax most connections
 * @param connectionsPerIpMax most connections from one address
 * @param connectionsPerIpOverrides other limits for single hosts or addresses
 * @param connectionsPerSecondMax most new connections in a second
 * @param idleMsMax how long a connection may be silent; negative for ever
 * @param requestBytesMax largest request
 * @param backlogSize connections that may wait to be accepted
 * @param receiveBufferBytes a socket's receive buffer; -1 for the operating system's choice
 * @param sendBufferBytes a socket's send buffer; -1 for the operating system's choice
 * @param requestBytesInFlightMax bytes of requests under way before no more are read
 * @param frameTimeoutMs how long a request may take to arrive, besides a second for each 16 KiB
 * @param requestsPerConnectionMax requests of one connection under way before it is read no further
 * @param requestBytesPerConnectionMax bytes of them before it is read no further
 * @param responseBytesPerConnectionMax bytes of answers that a client has not taken before its requests wait
 * @param fetchBytesMax most bytes of one fetch answer
 * @param fetchSessionsMax incremental fetch sessions remembered
 * @param pagePartitionsMax most partitions in one answer to a client that pages through topics
 */
public record ConnectionConfig(
        int connectionsMax,
        int connectionsPerIpMax,
        Map<String, Integer> connectionsPerIpOverrides,
        int connectionsPerSecondMax,
        long idleMsMax,
        int requestBytesMax,
        int backlogSize,
        int receiveBufferBytes,
        int sendBufferBytes,
        long requestBytesInFlightMax,
        int frameTimeoutMs,
        int requestsPerConnectionMax,
        long requestBytesPerConnectionMax,
        long responseBytesPerConnectionMax,
        int fetchBytesMax,
        int fetchSessionsMax,
        int pagePartitionsMax) {

    private static final long REQUEST_BYTES_IN_FLIGHT_DEFAULT = 128L << 20;

    static ConnectionConfig of(BrokerConfig config) {
        return new ConnectionConfig(
                config.intValue("max.connections"),
                config.intValue("max.connections.per.ip"),
                overrides(config),
                config.intValue("max.connection.creation.rate"),
                config.longValue("connections.max.idle.ms"),
                config.intValue("socket.request.max.bytes"),
                config.intValue("socket.listen.backlog.size"),
                config.intValue("socket.receive.buffer.bytes"),
                config.intValue("socket.send.buffer.bytes"),
                requestBytesInFlightMax(config),
                config.intValue("headrace.frame.timeout.ms"),
                config.intValue("headrace.connection.requests.max"),
                config.longValue("headrace.connection.request.bytes.max"),
                config.longValue("headrace.connection.response.bytes.max"),
                config.intValue("fetch.max.bytes"),
                config.intValue("max.incremental.fetch.session.cache.slots"),
                config.intValue("max.request.partition.size.limit"));
    }

    private static long requestBytesInFlightMax(BrokerConfig config) {
        String key = "queued.max.request.bytes";
        long bytes = config.longValue(key);
        int largest = config.intValue("socket.request.max.bytes");
        if (bytes <= 0) {
            return REQUEST_BYTES_IN_FLIGHT_DEFAULT;
        }
        if (bytes < largest) {
            throw new InvalidConfigException(
                    key,
                    "Invalid value " + bytes + " for configuration " + key + ": expected at least " + largest
                            + ", the value of socket.request.max.bytes, or -1");
        }
        return bytes;
    }

    private static Map<String, Integer> overrides(BrokerConfig config) {
        String key = "max.connections.per.ip.overrides";
        String text = config.text(key);
        Map<String, Integer> limits = new HashMap<>();
        for (String entry :
                text == null || text.isBlank() ? new String[0] : text.trim().split("\\s*,\\s*", -1)) {
            int colon = entry.lastIndexOf(':');
            if (colon <= 0 || !entry.substring(colon + 1).trim().matches("\\d{1,9}")) {
                throw new InvalidConfigException(
                        key, "Invalid value " + entry + " for configuration " + key + ": expected host:count");
            }
            limits.put(
                    entry.substring(0, colon).trim(),
                    Integer.valueOf(entry.substring(colon + 1).trim()));
        }
        return Map.copyOf(limits);
    }
}
