package io.headrace.core.config;

import java.util.List;
import java.util.stream.Stream;

/** All keys of the broker: Kafka's, and a few of our own. */
public final class BrokerConfigKeys {
    /** Those about features that this broker does not have are among them. */
    public static final ConfigSchema SCHEMA = new ConfigSchema(
            Stream.of(
                            NodeKeys.KEYS,
                            ListenerKeys.KEYS,
                            LogKeys.KEYS,
                            TopicKeys.KEYS,
                            GroupKeys.KEYS,
                            TransactionKeys.KEYS,
                            SecurityKeys.KEYS,
                            QuotaKeys.KEYS)
                    .flatMap(List::stream)
                    .toList(),
            () -> AbsentFeatureKeys.SCHEMA);

    private BrokerConfigKeys() {}
}
