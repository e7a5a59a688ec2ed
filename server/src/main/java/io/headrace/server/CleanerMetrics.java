package io.headrace.server;

import io.headrace.storage.compact.CompactionCounters;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.jspecify.annotations.Nullable;

/**
 * Shows what compaction does to monitoring programs, as the MBean {@code io.headrace:type=LogCleaner} with the data directory as
 * the key {@code directory}. Owned by one thread.
 */
final class CleanerMetrics implements LogCleanerMXBean {
    private static final Logger LOG = System.getLogger(CleanerMetrics.class.getName());

    private final CompactionCounters counters;
    private final Path directory;
    private @Nullable ObjectName name;

    CleanerMetrics(CompactionCounters counters, Path directory) {
        this.counters = counters;
        this.directory = directory;
    }

    /** Begins to show them. JMX is slow to load, so nobody should wait for this. */
    void show() {
        try {
            ObjectName unregistered = nameFor(directory);
            server().registerMBean(new StandardMBean(this, LogCleanerMXBean.class, true), unregistered);
            name = unregistered;
        } catch (JMException e) {
            LOG.log(Level.WARNING, "JMX does not show what compaction does: {0}", e.getMessage());
        }
    }

    static ObjectName nameFor(Path directory) throws JMException {
        String path = ObjectName.quote(directory.toAbsolutePath().normalize().toString());
        return new ObjectName("io.headrace:type=LogCleaner,directory=" + path);
    }

    private static MBeanServer server() {
        return ManagementFactory.getPlatformMBeanServer();
    }

    /** Ends showing them. */
    void hide() {
        ObjectName registered = name;
        name = null;
        if (registered != null) {
            try {
                server().unregisterMBean(registered);
            } catch (JMException e) {
                LOG.log(Level.DEBUG, "{0} was not shown any more: {1}", registered, e.getMessage());
            }
        }
    }

    @Override
    public long getRuns() {
        return counters.runs();
    }

    @Override
    public long getFailures() {
        return counters.failures();
    }

    @Override
    public long getBytesRead() {
        return counters.bytesRead();
    }

    @Override
    public long getBytesWritten() {
        return counters.bytesWritten();
    }

    @Override
    public int getUncleanablePartitions() {
        return counters.uncleanablePartitions();
    }

    @Override
    public double getDirtiestRatio() {
        return counters.dirtiestRatio();
    }
}
