package io.headrace.core.metadata;

import org.jspecify.annotations.Nullable;

/**
 * Something that has a configuration.
 *
 * @param type what kind of thing
 * @param name its name: a topic's, a broker's number, a group's, a metrics subscription's; empty for all brokers
 */
public record ConfigResource(Type type, String name) {

    /** Kinds of things that have a configuration, with their codes on the wire. */
    public enum Type {
        TOPIC(2),
        BROKER(4),
        BROKER_LOGGER(8),
        CLIENT_METRICS(16),
        GROUP(32);

        private final byte code;

        Type(int code) {
            this.code = (byte) code;
        }

        /** The code on the wire. */
        public byte code() {
            return code;
        }

        /** The kind that a code stands for; null when there is none. */
        public static @Nullable Type forCode(byte code) {
            for (Type type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            return null;
        }
    }

    /** What all brokers share. */
    public static final ConfigResource ALL_BROKERS = new ConfigResource(Type.BROKER, "");

    /** One broker. */
    public static ConfigResource broker(int id) {
        return new ConfigResource(Type.BROKER, Integer.toString(id));
    }

    /** A topic. */
    public static ConfigResource topic(String name) {
        return new ConfigResource(Type.TOPIC, name);
    }

    /** A group. */
    public static ConfigResource group(String id) {
        return new ConfigResource(Type.GROUP, id);
    }

    // Written out because what a record has of itself is put together at its first use, which costs a starting broker
    // 20 ms.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConfigResource that && type == that.type && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return 31 * type.hashCode() + name.hashCode();
    }
}
