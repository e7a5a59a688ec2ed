package io.headrace.generator;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One field of a message or structure.
 *
 * @param defaultText the default as the specification has it, or null when it has none
 * @param tag the number of a tagged field, or -1
 * @param flexibleVersions versions with compact encoding, or null when the message decides
 * @param entityType what the text names, such as {@code topicName}; empty when it names nothing in particular
 * @param fields of a structure that is declared here, empty otherwise
 */
record FieldSpec(
        String name,
        FieldType type,
        VersionRange versions,
        VersionRange nullableVersions,
        VersionRange taggedVersions,
        int tag,
        @Nullable String defaultText,
        boolean ignorable,
        @Nullable VersionRange flexibleVersions,
        String entityType,
        List<FieldSpec> fields) {

    private static final List<String> EXACT_NAMES = List.of("topicName", "groupId", "transactionalId");
    private static final List<String> SECRET_WORDS = List.of("password", "salt", "hmac", "secret", "authbytes");

    /** The name in Java. */
    String javaName() {
        return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    boolean isNullable() {
        return !nullableVersions.isEmpty() && !type.isPrimitive();
    }

    boolean isDefaultNull() {
        if (type.kind() == FieldType.Kind.RECORDS) {
            return isNullable(); // needs no saying, in Kafka's specifications
        }
        return "null".equals(defaultText) && !type.isPrimitive();
    }

    /** Whether the text stands for a thing of the cluster, so that two different ones must never become the same. */
    boolean isExactName() {
        return EXACT_NAMES.contains(entityType);
    }

    /** Whether the content must never reach a log. */
    boolean isSecret() {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("token") || SECRET_WORDS.stream().anyMatch(lower::contains);
    }
}
