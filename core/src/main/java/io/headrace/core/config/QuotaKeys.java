package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.classKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about quotas, metrics and telemetry. */
final class QuotaKeys {
    static final List<ConfigKey> KEYS = List.of(
            intKey("quota.window.num", 11).atLeast(1).low().doc("How many samples a client quota is measured over."),
            intKey("quota.window.size.seconds", 1).atLeast(1).low().doc("The length of one sample of a client quota."),
            intKey("controller.quota.window.num", 11)
                    .atLeast(1)
                    .low()
                    .doc("How many samples the quota of metadata changes is measured over."),
            intKey("controller.quota.window.size.seconds", 1)
                    .atLeast(1)
                    .low()
                    .doc("The length of one sample of the quota of metadata changes."),
            intKey("replication.quota.window.num", 11)
                    .atLeast(1)
                    .low()
                    .doc("How many samples the replication quota is measured over."),
            intKey("replication.quota.window.size.seconds", 1)
                    .atLeast(1)
                    .low()
                    .doc("The length of one sample of the replication quota."),
            intKey("alter.log.dirs.replication.quota.window.num", 11)
                    .atLeast(1)
                    .low()
                    .doc("How many samples the quota for moves between directories is measured over."),
            intKey("alter.log.dirs.replication.quota.window.size.seconds", 1)
                    .atLeast(1)
                    .low()
                    .doc("The length of one sample of the quota for moves between directories."),
            classKey("client.quota.callback.class", ConfigType.CLASS, null)
                    .low()
                    .doc("A class that decides on quotas."),
            listKey("metric.reporters", "")
                    .rule(ConfigRule.noEmptyElements())
                    .low()
                    .clusterWide()
                    .doc("Classes that report metrics; metrics are scraped here."),
            intKey("metrics.num.samples", 2)
                    .atLeast(1)
                    .low()
                    .doc("Accepted for compatibility: rates are left to the monitoring system."),
            stringKey("metrics.recording.level", "INFO")
                    .low()
                    .doc("Accepted for compatibility: all metrics are always recorded."),
            longKey("metrics.sample.window.ms", 30000L)
                    .atLeast(1)
                    .low()
                    .doc("Accepted for compatibility: rates are left to the monitoring system."),
            intKey("telemetry.max.bytes", 1_048_576)
                    .atLeast(1)
                    .low()
                    .doc("The largest metrics message that a client may push."),
            listKey("config.providers", "")
                    .rule(ConfigRule.listOf("env", "file", "dir"))
                    .low()
                    .clusterWide()
                    .doc(
                            "Where values may come from: env, file and dir, written as ${env:NAME}, ${file:PATH:KEY} or ${dir:PATH:FILE}."));

    private QuotaKeys() {}
}
