package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about who this node is in the cluster, and the metadata quorum. */
final class NodeKeys {
    static final List<ConfigKey> KEYS = List.of(
            intKey("node.id", 1).atLeast(0).high().doc("The number that names this node in its cluster."),
            intKey("broker.id", -1).high().doc("The old name of node.id."),
            listKey("process.roles", "broker,controller")
                    .rule(ConfigRule.listOf("broker", "controller"))
                    .high()
                    .doc("The parts this node plays: broker, controller, or both."),
            stringKey("broker.rack", null)
                    .doc("The rack or zone this broker stands in, for placing replicas and for reading from near."),
            listKey("controller.listener.names", null)
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The listeners of a controller in the file; here controllers share the ordinary listeners."),
            listKey("controller.quorum.voters", "")
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The voters of the metadata quorum, each as id@host:port."),
            listKey("controller.quorum.bootstrap.servers", "")
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("Nodes to ask for the metadata quorum, as host:port."),
            intKey("controller.quorum.election.timeout.ms", 1000)
                    .atLeast(0)
                    .high()
                    .doc("How long to wait for the metadata leader before calling an election."),
            intKey("controller.quorum.election.backoff.max.ms", 1000)
                    .atLeast(0)
                    .high()
                    .doc("The longest pause between failed elections of a metadata leader."),
            intKey("controller.quorum.fetch.timeout.ms", 2000)
                    .atLeast(0)
                    .high()
                    .doc("How long a metadata leader may be without a majority's fetches before it steps down."),
            intKey("controller.quorum.request.timeout.ms", 2000)
                    .atLeast(0)
                    .doc("How long a metadata quorum request may take."),
            intKey("controller.quorum.retry.backoff.ms", 20)
                    .atLeast(0)
                    .low()
                    .doc("The pause before a metadata quorum request is sent again."),
            intKey("controller.quorum.append.linger.ms", 25)
                    .atLeast(0)
                    .doc("How long the metadata leader gathers changes before it writes them."),
            booleanKey("controller.quorum.auto.join.enable", false)
                    .low()
                    .doc("Whether a new controller adds itself to the quorum."),
            intKey("controller.quorum.fetch.max.bytes", 1_048_576)
                    .atLeast(1)
                    .low()
                    .doc("The most bytes of metadata log in one answer."),
            intKey("controller.quorum.fetch.snapshot.max.bytes", 1_048_576)
                    .atLeast(1)
                    .low()
                    .doc("The most bytes of a metadata snapshot in one answer."),
            intKey("broker.heartbeat.interval.ms", 2000)
                    .doc("How often a broker tells the metadata leader that it lives."),
            intKey("broker.session.timeout.ms", 9000).doc("How long after its last heartbeat a broker counts as gone."),
            intKey("initial.broker.registration.timeout.ms", 60000)
                    .doc("How long a starting broker tries to register before it gives up."),
            stringKey("metadata.log.dir", null)
                    .high()
                    .doc("The directory of the metadata log: here the data directory, and nothing else."),
            intKey("metadata.log.segment.bytes", 1_073_741_824)
                    .atLeast(8_388_608)
                    .high()
                    .doc("The size at which the metadata log begins a new file."),
            longKey("metadata.log.segment.ms", 604_800_000L)
                    .high()
                    .doc("The age at which the metadata log begins a new file."),
            longKey("metadata.log.max.record.bytes.between.snapshots", 20_971_520L)
                    .atLeast(1)
                    .high()
                    .doc("The bytes of metadata log after which a snapshot is taken."),
            longKey("metadata.log.max.snapshot.interval.ms", 3_600_000L)
                    .atLeast(0)
                    .high()
                    .doc("The longest time without a new metadata snapshot."),
            intKey("metadata.max.idle.interval.ms", 500)
                    .atLeast(0)
                    .low()
                    .doc("How often an idle metadata leader writes a sign of life; 0 for never."),
            longKey("metadata.max.retention.bytes", 104_857_600L)
                    .high()
                    .doc("The size that old metadata logs and snapshots may take."),
            longKey("metadata.max.retention.ms", 604_800_000L)
                    .high()
                    .doc("How long old metadata logs and snapshots are kept."),
            booleanKey("controlled.shutdown.enable", true)
                    .doc("Whether a broker that stops hands over its partitions first."),
            longKey("server.max.startup.time.ms", Long.MAX_VALUE)
                    .atLeast(0)
                    .hidden()
                    .doc("The longest time that starting may take."));

    private NodeKeys() {}
}
