package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/** How a broker stores its logs, by its configuration and the disk it has. */
final class StoreSettings {
    private static final Logger LOG = System.getLogger(StoreSettings.class.getName());
    private static final String RESERVE = "headrace.disk.reserve.bytes";
    /** Nobody who gives a small disk expects much of it to stay empty. */
    private static final int DEFAULT_RESERVE_PARTS = 10;

    private StoreSettings() {}

    /**
     * The limits and intervals of a store.
     *
     * @param dir the data directory, which exists
     * @throws IOException if its disk cannot be asked
     */
    static StoreOptions of(BrokerConfig config, Disk disk, Path dir) throws IOException {
        return StoreOptions.defaults()
                .checkpointEvery(config.intValue("log.flush.offset.checkpoint.interval.ms"))
                .withDiskReserveBytes(diskReserveBytes(config, disk, dir));
    }

    /** What partitions remember of producers, which can change while the broker runs. */
    static ProducerLimits producerLimits(BrokerConfig config) {
        return new ProducerLimits(
                config.transactions().producersPerPartitionMax(),
                config.transactions().producerIdExpirationMs());
    }

    private static long diskReserveBytes(BrokerConfig config, Disk disk, Path dir) throws IOException {
        long wanted = config.longValue(RESERVE);
        long total = disk.totalBytes(dir);
        if (total <= 0) {
            // Some file systems of the network and of user space do not tell their size, nor then what is left.
            if (config.isSet(RESERVE)) {
                LOG.log(
                        Level.WARNING,
                        "Configuration {0} has no effect: the disk of {1} does not tell its size",
                        RESERVE,
                        dir);
            }
            return 0;
        }
        if (config.isSet(RESERVE)) {
            return wanted;
        }
        long most = total / DEFAULT_RESERVE_PARTS;
        if (wanted > most) {
            LOG.log(Level.INFO, "Appends leave {0} bytes of the disk alone, a tenth of its size", most);
        }
        return Math.min(wanted, most);
    }
}
