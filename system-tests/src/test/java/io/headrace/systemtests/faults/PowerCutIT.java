package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.LoopDisk;
import io.headrace.systemtests.harness.Names;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/**
 * Power cuts of the disk of a busy broker: an ext4 file system of its own is shut down without writing anything more, and
 * mounted again.
 *
 * <p>{@code -Dfaults.powercuts=1000} for a soak; {@code -Dseed=} for the same moments and records.
 */
class PowerCutIT {
    private static final int PARTITIONS = 4;
    private static final int DISK_MEBIBYTES = 1536;
    /** After so many cuts the compacted topic is read, and an unsynced record is looked for. */
    private static final int LOOKED_AT_ONE_IN = 5;

    @Test
    void nothingAcknowledgedIsLostDuplicatedOrReordered() throws Exception {
        int cuts = Integer.getInteger("faults.powercuts", 100);
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        try (LoopDisk disk = LoopDisk.create(DISK_MEBIBYTES);
                Broker broker = Broker.create(settings(disk))) {
            broker.start();
            String topic = new Clients(broker).topic("powercut", PARTITIONS, Map.of());
            cutAndCheck(disk, broker, topic, cuts, seed);
        }
    }

    private static Map<String, String> settings(LoopDisk disk) {
        Map<String, String> settings = new HashMap<>(FaultSettings.compacting());
        settings.put("log.dirs", disk.mountPoint().resolve("data").toString());
        return settings;
    }

    private static void cutAndCheck(LoopDisk disk, Broker broker, String topic, int cuts, long seed) throws Exception {
        Random random = new Random(seed);
        Set<String> created = new HashSet<>(Set.of(topic));
        try (HistoryFile history = new HistoryFile(broker.logFile().resolveSibling("history.txt"));
                RecordedClients clients = new RecordedClients(broker, topic, PARTITIONS, history);
                CompactedClients compacted = new CompactedClients(broker, seed);
                UnsyncedRecords unsynced = new UnsyncedRecords(broker);
                Admin admin = new Clients(broker).admin()) {
            clients.start(seed);
            for (int cut = 0; cut < cuts; cut++) {
                clients.awaitAcknowledged(1 + random.nextInt(FaultSettings.RECORDS_BETWEEN_FAULTS / 4));
                String name = Names.unique("made-before-a-cut");
                Clients.await(admin.createTopics(List.of(new NewTopic(name, 1, (short) 1)))
                        .all());
                created.add(name);
                compacted.awaitPass();
                boolean looksAtOthers = cut % LOOKED_AT_ONE_IN == 0;
                long unsyncedEnd = 0;
                if (looksAtOthers) {
                    compacted.awaitAcknowledged();
                    unsyncedEnd = unsynced.write();
                }
                disk.cutPower();
                broker.kill();
                disk.restorePower();
                broker.start();
                if (looksAtOthers) {
                    unsynced.compare(unsyncedEnd);
                    compacted.beginPass();
                }
            }
            clients.awaitAcknowledged(FaultSettings.RECORDS_BETWEEN_FAULTS);
            assertThat(Clients.await(admin.listTopics().names()))
                    .as("acknowledged topics")
                    .containsAll(created);
            compacted.finish();
            RecordedClients.assertClean(clients.finish());
            assertThat(unsynced.lossyCuts)
                    .as("cuts that took records which were not synced")
                    .isPositive();
            System.out.println(cuts + " power cuts, " + clients.acknowledged + " records acknowledged");
        }
    }
}
