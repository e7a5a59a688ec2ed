package io.headrace.core.config;

import java.util.Arrays;

/** Checks that values which bound each other do. */
final class Order {
    private Order() {}

    /** Checks that the values of these INT keys do not descend. */
    static void check(BrokerConfig config, String... ascendingKeys) {
        for (int index = 1; index < ascendingKeys.length; index++) {
            String lower = ascendingKeys[index - 1];
            String upper = ascendingKeys[index];
            if (config.intValue(lower) > config.intValue(upper)) {
                throw new InvalidConfigException(
                        lower,
                        "Invalid value " + config.intValue(lower) + " for configuration " + lower
                                + ": expected at most the " + config.intValue(upper) + " of " + upper + " (in order: "
                                + String.join(", ", Arrays.asList(ascendingKeys)) + ")");
            }
        }
    }
}
