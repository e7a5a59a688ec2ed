package io.headrace.generator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Generates one class for each message specification of a directory.
 *
 * <pre>
 * --specs DIR          where the specifications are, also in directories below
 * --out DIR            the source root to write to
 * --package NAME       the package of the classes; its package-info is the caller's
 * --kinds A,B          the types of specification to take, all when left out
 * --api-keys NAME      also write an enum ApiKey into this package
 * </pre>
 *
 * <p>A file is written only when its content changes, so that compilers see what is up to date. Java files left in the
 * package by an earlier run are deleted: the package's directory under the source root is the generator's own.
 */
public final class GeneratorMain {
    private static final Set<String> OPTIONS = Set.of("--specs", "--out", "--package", "--kinds", "--api-keys");

    private GeneratorMain() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> options = options(arguments);
        String packageName = required(options, "--package");
        Path out = Path.of(required(options, "--out"));
        String kinds = options.getOrDefault("--kinds", "");
        List<MessageSpec> specs = SpecReader.readAll(Path.of(required(options, "--specs"))).stream()
                .filter(spec -> !spec.versions().isEmpty())
                .filter(spec ->
                        kinds.isEmpty() || Arrays.asList(kinds.split(",")).contains(spec.kind()))
                .toList();
        if (specs.isEmpty()) {
            throw new IOException("no specifications in " + required(options, "--specs"));
        }
        writeMessages(specs, packageName, out.resolve(packageName.replace('.', '/')));
        String apiKeyPackage = options.get("--api-keys");
        if (apiKeyPackage != null) {
            Path directory = out.resolve(apiKeyPackage.replace('.', '/'));
            Files.createDirectories(directory);
            writeIfChanged(
                    directory.resolve("ApiKey.java"), new ApiKeyCode(apiKeyPackage, packageName, specs).generate());
        }
    }

    private static void writeMessages(List<MessageSpec> specs, String packageName, Path directory) throws IOException {
        Files.createDirectories(directory);
        Set<Path> written = new HashSet<>();
        for (MessageSpec spec : specs) {
            Path file = directory.resolve(spec.name() + ".java");
            if (!written.add(file)) {
                throw new SpecException("two specifications of " + spec.name());
            }
            writeIfChanged(file, generate(spec, packageName));
        }
        try (Stream<Path> existing = Files.list(directory)) {
            for (Path file : existing.toList()) {
                if (file.toString().endsWith(".java") && !written.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static String generate(MessageSpec spec, String packageName) throws IOException {
        try {
            return new MessageCode(spec, packageName).generate();
        } catch (RuntimeException e) {
            throw new IOException("specification of " + spec.name() + ": " + e.getMessage(), e);
        }
    }

    private static void writeIfChanged(Path file, String source) throws IOException {
        byte[] content = source.getBytes(StandardCharsets.UTF_8);
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
            Files.write(file, content);
        }
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException("not an option with a value: " + arguments[i]);
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private static String required(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("missing " + name);
        }
        return value;
    }
}
