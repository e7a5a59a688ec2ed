package io.headrace.systemtests.faults;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/**
 * kill -9 of a busy broker, again and again, and what its clients saw through the checker; beside them those of a compacted
 * topic, which judge for themselves.
 *
 * <p>{@code -Dfaults.kills=1000} for a soak, in which every third kill is with librdkafka; {@code -Dseed=} for the same moments
 * and records.
 */
class KillUnderLoadIT {
    private static final int PARTITIONS = 4;
    private static final int KILLS = Integer.getInteger("faults.kills", 30);
    private static final int KILLS_WITH_LIBRDKAFKA = KILLS / 3;

    private final Random random;
    private final long seed;

    KillUnderLoadIT() {
        seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        random = new Random(seed);
    }

    @Test
    void nothingAcknowledgedIsLostDuplicatedOrReordered() throws IOException {
        try (Broker broker = Broker.started(FaultSettings.compacting());
                HistoryFile history = new HistoryFile(broker.logFile().resolveSibling("history.txt"))) {
            String topic = new Clients(broker).topic("killed", PARTITIONS, Map.of());
            try (RecordedClients clients = new RecordedClients(broker, topic, PARTITIONS, history)) {
                killAndCheck(broker, clients, KILLS - KILLS_WITH_LIBRDKAFKA, kill -> {});
            }
        }
    }

    /** Two kinds of clients write and read the same topic, and those on librdkafka are killed too. */
    @Test
    void norIfLibrdkafkaWritesAndReadsBesideTheJavaClient() throws IOException {
        try (Broker broker = Broker.started(FaultSettings.compacting());
                HistoryFile history = new HistoryFile(broker.logFile().resolveSibling("history.txt"))) {
            String topic = new Clients(broker).topic("killed", PARTITIONS, Map.of());
            try (RecordedClients clients = new RecordedClients(broker, topic, PARTITIONS, history);
                    LibrdkafkaClients librdkafka = new LibrdkafkaClients(broker, topic, PARTITIONS)) {
                clients.join(librdkafka);
                librdkafka.start();
                LibrdkafkaClients.Role[] roles = LibrdkafkaClients.Role.values();
                killAndCheck(broker, clients, KILLS_WITH_LIBRDKAFKA, kill -> {
                    if (kill % 3 == 2) {
                        librdkafka.killAndReplace(roles[kill / 3 % roles.length]);
                    }
                });
            }
        }
    }

    private void killAndCheck(Broker broker, RecordedClients clients, int kills, IntConsumer afterEach)
            throws IOException {
        clients.start(seed);
        try (CompactedClients compacted = new CompactedClients(broker, seed)) {
            for (int kill = 0; kill < kills; kill++) {
                clients.awaitAcknowledged(1 + random.nextInt(FaultSettings.RECORDS_BETWEEN_FAULTS));
                compacted.awaitPass();
                boolean readsCompacted = kill % 3 == 0;
                if (readsCompacted) {
                    compacted.awaitAcknowledged();
                }
                broker.killAndRestart();
                if (readsCompacted) {
                    compacted.beginPass();
                }
                afterEach.accept(kill);
            }
            clients.awaitAcknowledged(FaultSettings.RECORDS_BETWEEN_FAULTS);
            compacted.finish();
        }
        RecordedClients.assertClean(clients.finish());
        System.out.println(kills + " kills, " + clients.acknowledged + " records acknowledged");
    }
}
