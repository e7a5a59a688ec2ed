package io.headrace.core.config;

/** Where an effective configuration value comes from, with its code in DescribeConfigs answers (KIP-226, KIP-848). */
public enum ConfigSource {
    UNKNOWN(0),
    TOPIC(1),
    DYNAMIC_BROKER(2),
    DYNAMIC_DEFAULT_BROKER(3),
    STATIC_BROKER(4),
    DEFAULT(5),
    DYNAMIC_BROKER_LOGGER(6),
    CLIENT_METRICS(7),
    GROUP(8);

    private final byte code;

    ConfigSource(int code) {
        this.code = (byte) code;
    }

    /** The code of this source in a DescribeConfigs answer. */
    public byte code() {
        return code;
    }
}
