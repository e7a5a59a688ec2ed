package io.headrace.server.config;

import io.headrace.core.config.InvalidConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces references in values of the local configuration by what they refer to, so that secrets need not stand in it:
 * {@code ${env:NAME}}, {@code ${file:PATH:KEY}} for a key of a file of properties, {@code ${file:PATH}} for a whole file, and
 * {@code ${dir:PATH:FILE}} for a file in a directory (KIP-297, KIP-421, KIP-887).
 *
 * <p>Never used for values that come over the network (CVE-2024-31141).
 */
final class SecretReferences {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|dir):([^}:]*)(?::([^}]*))?}");

    private final Map<String, String> environment;

    SecretReferences(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The value with all references replaced. */
    String resolve(String key, String value) throws IOException {
        Matcher matcher = REFERENCE.matcher(value);
        StringBuilder resolved = new StringBuilder();
        while (matcher.find()) {
            String target = target(matcher.group(1), matcher.group(2), matcher.group(3));
            if (target == null) {
                throw new InvalidConfigException(
                        key, "Configuration " + key + " refers to " + matcher.group() + ", which does not exist");
            }
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(target));
        }
        return matcher.appendTail(resolved).toString();
    }

    private @Nullable String target(String provider, String place, @Nullable String name) throws IOException {
        try {
            return switch (provider) {
                case "env" -> environment.get(place);
                case "dir" -> name == null ? null : text(Path.of(place, name));
                default -> name == null ? text(Path.of(place)) : property(Path.of(place), name);
            };
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable String text(Path file) throws IOException {
        return Files.isRegularFile(file) ? ConfigFiles.text(file).strip() : null;
    }

    private static @Nullable String property(Path file, String name) throws IOException {
        return Files.isRegularFile(file) ? ConfigFiles.properties(file).getProperty(name) : null;
    }
}
