package io.headrace.systemtests.faults;

import java.util.HashMap;
import java.util.Map;

/** What the tests with faults have in common. */
final class FaultSettings {
    /** Small segments and frequent checkpoints, so that faults also come while a file is changed for another. */
    static final Map<String, String> SMALL_FILES = Map.of(
            "log.segment.bytes", "1048576",
            "log.index.interval.bytes", "1024",
            "log.flush.offset.checkpoint.interval.ms", "200",
            "log.flush.start.offset.checkpoint.interval.ms", "200");

    /** The most records that are acknowledged before the next fault. */
    static final int RECORDS_BETWEEN_FAULTS = 1500;

    private FaultSettings() {}

    /** The same, with a cleaner that looks for work all the time. */
    static Map<String, String> compacting() {
        Map<String, String> settings = new HashMap<>(SMALL_FILES);
        settings.put("log.cleaner.backoff.ms", "100");
        return settings;
    }
}
