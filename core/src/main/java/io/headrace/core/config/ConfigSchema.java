package io.headrace.core.config;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A closed set of configuration keys, in the order of their names. */
public final class ConfigSchema {
    /** Names further away than this are not offered as what was meant. */
    private static final int EDIT_DISTANCE_MAX = 3;

    private final TreeMap<String, ConfigKey> keys = new TreeMap<>();
    private final @Nullable Supplier<ConfigSchema> rare;

    ConfigSchema(List<ConfigKey> definitions) {
        this(definitions, null);
    }

    /** @param rare further keys, asked for when a key is looked for that is not among the others, and for a list of all */
    ConfigSchema(List<ConfigKey> definitions, @Nullable Supplier<ConfigSchema> rare) {
        this.rare = rare;
        for (ConfigKey key : definitions) {
            if (keys.put(key.name(), key) != null) {
                throw new IllegalStateException("Configuration key " + key.name() + " is defined twice");
            }
            checkDefault(key);
        }
    }

    private static void checkDefault(ConfigKey key) {
        String text = key.defaultText();
        if (text != null) {
            Object ignored = key.parse(text);
        }
    }

    /** The definition of a key; null when there is no such key. */
    public @Nullable ConfigKey find(String name) {
        ConfigKey key = keys.get(name);
        return key == null && rare != null ? rare.get().find(name) : key;
    }

    /**
     * The definition of a key that exists.
     *
     * @throws IllegalArgumentException when it does not
     */
    public ConfigKey key(String name) {
        ConfigKey key = find(name);
        if (key == null) {
            throw new IllegalArgumentException("No configuration key " + name);
        }
        return key;
    }

    /** All keys, by name. */
    public Collection<ConfigKey> keys() {
        if (rare == null) {
            return Collections.unmodifiableCollection(keys.values());
        }
        TreeMap<String, ConfigKey> all = new TreeMap<>(keys);
        rare.get().keys().forEach(key -> all.put(key.name(), key));
        return all.values();
    }

    /** The known key, not a rare one, whose name is nearest to a mistyped one; null when none is near. */
    public @Nullable String nearest(String mistyped) {
        String best = null;
        int bestDistance = EDIT_DISTANCE_MAX + 1;
        for (String name : keys.keySet()) {
            int distance = editDistance(mistyped, name, bestDistance);
            if (distance < bestDistance) {
                best = name;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** Levenshtein distance, or {@code limit} when it is not below that. */
    private static int editDistance(String left, String right, int limit) {
        if (Math.abs(left.length() - right.length()) >= limit) {
            return limit;
        }
        int[] previous = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= left.length(); row++) {
            current[0] = row;
            for (int column = 1; column <= right.length(); column++) {
                int substitution = left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1;
                current[column] = Math.min(
                        Math.min(current[column - 1], previous[column]) + 1, previous[column - 1] + substitution);
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return Math.min(previous[right.length()], limit);
    }
}
