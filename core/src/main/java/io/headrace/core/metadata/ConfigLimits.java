package io.headrace.core.metadata;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much can be set for one thing, whatever it is. */
final class ConfigLimits {
    /** The most keys set for one thing. */
    static final int KEYS_MAX = 1_000;
    /** The longest value, and the longest key, in characters. */
    static final int TEXT_LENGTH_MAX = 64 * 1024;

    private ConfigLimits() {}

    /** Why a thing cannot have all these values, in words for the client; null when it can. */
    static @Nullable String problem(Map<String, String> values) {
        if (values.size() > KEYS_MAX) {
            return "At most " + KEYS_MAX + " keys can be set for one thing.";
        }
        for (Map.Entry<String, String> entry : values.entrySet()) {
            if (entry.getKey().length() > TEXT_LENGTH_MAX || entry.getValue().length() > TEXT_LENGTH_MAX) {
                return "Keys and values can have at most " + TEXT_LENGTH_MAX + " characters.";
            }
        }
        return null;
    }
}
