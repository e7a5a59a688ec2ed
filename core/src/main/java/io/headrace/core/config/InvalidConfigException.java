package io.headrace.core.config;

/**
 * A configuration value that cannot be used. The message names the key, the value and what would be right; the value of
 * a secret is left out.
 */
public final class InvalidConfigException extends RuntimeException {
    private final String key;

    /**
     * @param key the configuration key at fault
     * @param message the whole explanation, naming the key
     */
    public InvalidConfigException(String key, String message) {
        super(message);
        this.key = key;
    }

    /** The configuration key at fault. */
    public String key() {
        return key;
    }
}
