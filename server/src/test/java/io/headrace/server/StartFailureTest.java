package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headrace.server.config.ConfigLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that does not start says which file is to blame, and why. */
class StartFailureTest {
    private final Path directory;

    StartFailureTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private static String whyNot(@Nullable Path config, Map<String, String> settings) {
        Exception failure = catchThrowableOfType(Exception.class, () -> {
            try (Broker broker = Broker.start(ConfigLoader.load(config, Map.of(), settings), Clock.systemUTC())) {
                assertThat(broker).as("must not start").isNull();
            }
        });
        return Main.why(failure);
    }

    private Path regularFile(String name) throws IOException {
        return Files.writeString(directory.resolve(name), "text");
    }

    @Test
    void aConfigurationFileThatIsNone() {
        assertThat(whyNot(directory, Map.of())).isEqualTo("Cannot read " + directory + ": Is a directory");
        Path absent = directory.resolve("absent");
        assertThat(whyNot(absent, Map.of())).isEqualTo("Cannot read " + absent + ": no such file or directory");
    }

    @Test
    void aDataDirectoryThatIsNone() throws IOException {
        Path file = regularFile("data");
        assertThat(whyNot(null, Map.of("log.dirs", file.toString())))
                .isEqualTo("Cannot use " + file + " as data directory: it is not a directory");
        Path below = file.resolve("below");
        assertThat(whyNot(null, Map.of("log.dirs", below.toString())))
                .contains("Cannot use " + below + " as data directory", "Not a directory");
    }

    @Test
    void aLockThatIsNoFile() throws IOException {
        Path lock = Files.createDirectory(directory.resolve(".lock"));
        assertThat(whyNot(null, Map.of("log.dirs", directory.toString())))
                .isEqualTo("Cannot open " + lock + ": Is a directory");
    }

    @Test
    void aFileInPlaceOfTheMetadata() throws IOException {
        Path metadata = regularFile("metadata");
        assertThat(whyNot(null, Map.of("log.dirs", directory.toString())))
                .contains(metadata.toString())
                .containsIgnoringCase("exists already");
    }

    /** Else the start would take the partitions in it for left-overs of deleted topics. */
    @Test
    void aDataDirectoryOfKafka() throws IOException {
        Files.writeString(
                directory.resolve("meta.properties"),
                "version=1\ncluster.id=4L6g3nShT-eMCtK--X86sw\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n");
        Path log = Files.createDirectory(directory.resolve("__cluster_metadata-0"));
        Path partition = Files.createDirectory(directory.resolve("orders-0"));
        Files.writeString(partition.resolve("partition.metadata"), "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAZQ\n");
        assertThat(whyNot(null, Map.of("log.dirs", directory.toString())))
                .startsWith(directory + " is a data directory of Kafka")
                .contains("__cluster_metadata-0");
        assertThat(directory)
                .isDirectoryContaining(log::equals)
                .isDirectoryContaining(partition::equals)
                .isDirectoryNotContaining(file -> file.endsWith("metadata"));
    }

    @Test
    void allBadValuesAreNamedOnOneLine() {
        assertThat(whyNot(null, Map.of("num.partitions", "many", "num.io.threads", "few")))
                .contains("num.partitions", "num.io.threads", "; ")
                .doesNotContain("\n", "\\u000a");
    }

    @Test
    void errorsOfTheSystemAreWords() {
        assertThat(Main.why(new AccessDeniedException("/d/.lock"))).isEqualTo("/d/.lock: permission denied");
        assertThat(Main.why(new UncheckedIOException(new NoSuchFileException("/d/x"))))
                .isEqualTo("/d/x: no such file or directory");
        assertThat(Main.why(new AccessDeniedException("/d/two\nlines")))
                .isEqualTo("/d/two\\u000alines: permission denied");
    }
}
