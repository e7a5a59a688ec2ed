package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about addresses, connections and sockets. */
final class ListenerKeys {
    static final List<ConfigKey> KEYS = List.of(
            listKey("listeners", "PLAINTEXT://:9092")
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .perBroker()
                    .doc("The addresses to listen at, each as NAME://host:port."),
            listKey("advertised.listeners", null)
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The addresses told to clients, when they differ from those listened at."),
            stringKey(
                            "listener.security.protocol.map",
                            "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT")
                    .low()
                    .perBroker()
                    .doc("Which security protocol each listener name stands for."),
            stringKey("inter.broker.listener.name", null).doc("The listener that brokers use among themselves."),
            stringKey("security.inter.broker.protocol", "PLAINTEXT")
                    .rule(ConfigRule.oneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"))
                    .doc("The security protocol that brokers use among themselves."),
            listKey("early.start.listeners", null)
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("Listeners that open before authorization is ready."),
            intKey("max.connections", 20000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The most connections that a broker keeps open."),
            intKey("max.connections.per.ip", 5000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The most connections from one address."),
            stringKey("max.connections.per.ip.overrides", "")
                    .clusterWide()
                    .doc("Other limits for single addresses, as host:count."),
            intKey("max.connection.creation.rate", 2000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The most new connections in a second."),
            longKey("connections.max.idle.ms", 600_000L)
                    .doc("How long a connection may be silent before it is closed."),
            longKey("connections.max.reauth.ms", 0L)
                    .doc("How long an authenticated connection lives without authenticating again; 0 for ever."),
            intKey("connection.failed.authentication.delay.ms", 100)
                    .atLeast(0)
                    .low()
                    .doc("How long the close of a connection is delayed after a failed login."),
            longKey("socket.connection.setup.timeout.ms", 10000L)
                    .doc("How long the first attempt to connect to another node may take."),
            longKey("socket.connection.setup.timeout.max.ms", 30000L)
                    .doc("How long an attempt to connect to another node may take at most."),
            intKey("socket.listen.backlog.size", 50).atLeast(1).doc("How many connections may wait to be accepted."),
            intKey("socket.receive.buffer.bytes", 102_400)
                    .high()
                    .doc("The size of a socket's receive buffer; -1 leaves it to the operating system."),
            intKey("socket.send.buffer.bytes", 102_400)
                    .high()
                    .doc("The size of a socket's send buffer; -1 leaves it to the operating system."),
            intKey("socket.request.max.bytes", 104_857_600).atLeast(1).high().doc("The largest request that is read."),
            intKey("num.network.threads", 3)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("Accepted for compatibility: one thread a core serves connections."),
            intKey("num.io.threads", 8)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("Accepted for compatibility: requests are handled on the network threads."),
            intKey("queued.max.requests", 500)
                    .atLeast(1)
                    .high()
                    .doc("Accepted for compatibility: queued.max.request.bytes bounds what is under way."),
            longKey("queued.max.request.bytes", -1L)
                    .doc("How many bytes of requests may be under way before no more are read; -1 for 128 MiB."),
            intKey("headrace.frame.timeout.ms", 30_000)
                    .between(100, 3_600_000)
                    .low()
                    .doc("How long a request may take from its first byte to its last, besides a second for each 16"
                            + " KiB."),
            intKey("headrace.connection.requests.max", 256)
                    .between(1, 100_000)
                    .low()
                    .doc("How many requests of one connection may be under way before it is read no further."),
            longKey("headrace.connection.request.bytes.max", 67_108_864L)
                    .atLeast(65_536)
                    .low()
                    .doc("How many bytes the requests of one connection that are under way may have before it is"
                            + " read no further."),
            longKey("headrace.connection.response.bytes.max", 2_097_152L)
                    .atLeast(65_536)
                    .low()
                    .doc("How many bytes of answers may wait for a client to take them before no further request of its"
                            + " connection is begun."),
            intKey("request.timeout.ms", 30000).high().doc("How long a request to another node may take."));

    private ListenerKeys() {}
}
