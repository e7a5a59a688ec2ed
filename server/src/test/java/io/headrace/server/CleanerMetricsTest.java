package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.compact.CompactionCounters;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class CleanerMetricsTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @Test
    void monitoringProgramsSeeWhatCompactionDoes() throws JMException {
        Path directory = Path.of("/data, of \"one\" broker");
        ObjectName name = CleanerMetrics.nameFor(directory);
        CleanerMetrics metrics = new CleanerMetrics(new CompactionCounters(), directory);
        metrics.show();
        String[] all = {"Runs", "Failures", "BytesRead", "BytesWritten", "UncleanablePartitions", "DirtiestRatio"};
        assertThat(server.getAttributes(name, all).asList())
                .extracting(attribute -> ((Number) attribute.getValue()).intValue())
                .containsExactly(0, 0, 0, 0, 0, 0);
        metrics.hide();
        assertThat(server.isRegistered(name)).isFalse();
        metrics.hide();
    }

    @Test
    void twoBrokersOfOneProcessAreShownSideBySide() throws JMException {
        CleanerMetrics one = new CleanerMetrics(new CompactionCounters(), Path.of("/one"));
        CleanerMetrics other = new CleanerMetrics(new CompactionCounters(), Path.of("/other"));
        one.show();
        other.show();
        one.hide();
        assertThat(server.isRegistered(CleanerMetrics.nameFor(Path.of("/other"))))
                .isTrue();
        other.hide();
    }
}
