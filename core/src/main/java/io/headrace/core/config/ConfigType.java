package io.headrace.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The type of a configuration value, with the code that DescribeConfigs answers carry for it (KIP-569). */
public enum ConfigType {
    BOOLEAN(1, "true or false"),
    STRING(2, "a text"),
    INT(3, "a whole number of 32 bits"),
    SHORT(4, "a whole number of 16 bits"),
    LONG(5, "a whole number of 64 bits"),
    DOUBLE(6, "a number"),
    LIST(7, "a list separated by commas"),
    CLASS(8, "a class name"),
    PASSWORD(9, "a text");

    private final byte code;
    private final String description;

    ConfigType(int code, String description) {
        this.code = (byte) code;
        this.description = description;
    }

    /** The code of this type in a DescribeConfigs answer. */
    public byte code() {
        return code;
    }

    String description() {
        return description;
    }

    /** Whether values of this type must never be shown. */
    public boolean sensitive() {
        return this == PASSWORD;
    }

    /**
     * Reads a text as a value of this type: Boolean, Integer, Short, Long, Double, String, or an unmodifiable List of
     * String. Returns null when the text is not of this type. Blanks around a value, and around the elements of a list,
     * do not count.
     */
    @Nullable
    Object parse(String text) {
        String trimmed = text.trim();
        try {
            return switch (this) {
                case BOOLEAN -> parseBoolean(trimmed);
                case INT -> Integer.valueOf(trimmed);
                case SHORT -> Short.valueOf(trimmed);
                case LONG -> Long.valueOf(trimmed);
                case DOUBLE -> Double.valueOf(trimmed);
                case LIST -> trimmed.isEmpty() ? List.of() : List.of(trimmed.split("\\s*,\\s*", -1));
                case STRING, CLASS -> trimmed;
                case PASSWORD -> text;
            };
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Boolean parseBoolean(String text) {
        if (text.equalsIgnoreCase("true")) {
            return Boolean.TRUE;
        }
        return text.equalsIgnoreCase("false") ? Boolean.FALSE : null;
    }
}
