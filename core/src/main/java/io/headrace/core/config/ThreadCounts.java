package io.headrace.core.config;

import java.util.List;

/**
 * The numbers of threads that may change while a broker runs. As in Kafka a change at most halves or doubles one, so that a
 * slip of the hand does no harm, also where the number has no effect here.
 */
public final class ThreadCounts {
    private static final List<String> KEYS = List.of(
            "num.io.threads",
            "num.network.threads",
            "num.replica.fetchers",
            "num.recovery.threads.per.data.dir",
            "background.threads");

    private ThreadCounts() {}

    /**
     * Checks a change of a running broker's configuration.
     *
     * @throws InvalidConfigException when a number of threads would change by too much at once
     */
    public static void checkChange(BrokerConfig now, BrokerConfig after) {
        for (String key : KEYS) {
            int before = now.intValue(key);
            int wanted = after.intValue(key);
            if (wanted < before / 2 || wanted > 2L * before) {
                throw new InvalidConfigException(
                        key,
                        "Configuration " + key + " can change from " + before + " to " + Math.max(1, before / 2)
                                + " to " + 2L * before + " at once, not to " + wanted + ".");
            }
        }
    }
}
