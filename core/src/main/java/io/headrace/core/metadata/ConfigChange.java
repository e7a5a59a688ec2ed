package io.headrace.core.metadata;

import org.jspecify.annotations.Nullable;

/**
 * A change of one configuration key (KIP-339).
 *
 * @param key the key
 * @param operation what to do
 * @param value the value, or the elements to append or subtract, separated by commas; null only for DELETE
 * @param inherited for APPEND and SUBTRACT, the list to start from when the key is not set, as the proposing broker has
 *     it; null when it has none
 */
public record ConfigChange(
        String key,
        Operation operation,
        @Nullable String value,
        @Nullable String inherited) {

    /** What can be done to a key, with the codes on the wire. */
    public enum Operation {
        SET(0),
        DELETE(1),
        APPEND(2),
        SUBTRACT(3);

        private final byte code;

        Operation(int code) {
            this.code = (byte) code;
        }

        /** The code on the wire. */
        public byte code() {
            return code;
        }

        /** The operation that a code stands for; null when there is none. */
        public static @Nullable Operation forCode(byte code) {
            for (Operation operation : values()) {
                if (operation.code == code) {
                    return operation;
                }
            }
            return null;
        }
    }

    /** Sets a key. */
    public static ConfigChange set(String key, @Nullable String value) {
        return new ConfigChange(key, Operation.SET, value, null);
    }

    /** Takes a key's own value away, so that it inherits one again. */
    public static ConfigChange delete(String key) {
        return new ConfigChange(key, Operation.DELETE, null, null);
    }
}
