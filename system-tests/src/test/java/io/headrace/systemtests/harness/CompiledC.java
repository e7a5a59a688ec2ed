package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs and libraries in C, made of one file under {@code src/test/c} each. */
public final class CompiledC {
    private static final Path SOURCES = Path.of("src/test/c");

    private CompiledC() {}

    /** A program on librdkafka; the calling test is skipped where that cannot be had. */
    public static Path librdkafkaProgram(String source) {
        Installed.file("/usr/include/librdkafka/rdkafka.h", "librdkafka-dev");
        return compile(source, "", "-lrdkafka");
    }

    /** A library to be loaded before all others. */
    static Path library(String source) {
        return compile(source, ".so", "-shared", "-fPIC", "-pthread");
    }

    private static Path compile(String source, String suffix, String... flags) {
        Installed.program("gcc", "gcc libc6-dev");
        try {
            Path made = Files.createDirectories(Path.of("target/c"))
                    .resolve(source + suffix)
                    .toAbsolutePath();
            List<String> command = new ArrayList<>(List.of(
                    "gcc",
                    "-O1",
                    "-Wall",
                    "-o",
                    made.toString(),
                    SOURCES.resolve(source + ".c").toString()));
            command.addAll(List.of(flags));
            Command.run(60_000, command).expectSuccess();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
