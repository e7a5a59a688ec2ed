package io.headrace.systemtests.faults;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * kill -9 of a busy broker, again and again, and what its clients saw through the checker.
 *
 * <p>{@code -Dfaults.kills=1000} for a soak; {@code -Dseed=} for the same moments and records.
 */
class KillUnderLoadIT {
    private static final int PARTITIONS = 4;

    @Test
    void nothingAcknowledgedIsLostDuplicatedOrReordered() throws IOException {
        int kills = Integer.getInteger("faults.kills", 30);
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        Random random = new Random(seed);
        try (Broker broker = Broker.started(FaultSettings.SMALL_FILES);
                HistoryFile history = new HistoryFile(broker.logFile().resolveSibling("history.txt"))) {
            String topic = new Clients(broker).topic("killed", PARTITIONS, Map.of());
            try (RecordedClients clients = new RecordedClients(broker, topic, PARTITIONS, history)) {
                clients.start(seed);
                for (int i = 0; i < kills; i++) {
                    clients.awaitAcknowledged(1 + random.nextInt(FaultSettings.RECORDS_BETWEEN_FAULTS));
                    broker.killAndRestart();
                }
                clients.awaitAcknowledged(FaultSettings.RECORDS_BETWEEN_FAULTS);
                RecordedClients.assertClean(clients.finish());
                System.out.println(kills + " kills, " + clients.acknowledged + " records acknowledged");
            }
        }
    }
}
