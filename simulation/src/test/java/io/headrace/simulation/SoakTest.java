package io.headrace.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line of {@code bin/soak}, each in a process of its own. About 6 s. */
class SoakTest {
    private final Path directory;

    SoakTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private record Ended(int status, String output, String errors) {}

    private Ended soak(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Soak.class.getName()));
        command.addAll(List.of(arguments));
        // Apart: the JVM may have something to say there, too.
        Path errors = directory.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output, Files.readString(errors));
    }

    @Test
    void wrongUsageIsToldInALine() throws Exception {
        for (String[] wrong :
                new String[][] {{"--minutes"}, {"--minutes", "ten"}, {"--seed", "1.5"}, {"--second", "1"}}) {
            Ended ended = soak(wrong);
            assertThat(ended.status()).as("%s", ended).isEqualTo(2);
            assertThat(ended.output()).isEmpty();
            assertThat(ended.errors())
                    .contains("Usage: soak --minutes M --seed S")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void runsSeedsAndTellsWhatCameOfThem() throws Exception {
        Ended ended = soak("--minutes", "1", "--seed", "7", "--runs", "2");
        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("2 seeds from 7: ", " crashes; 0 seeds failed");
        Path history = directory.resolve("history.txt");
        Ended written = soak("--seed", "7", "--history", history.toString());
        assertThat(written.status()).as("%s", written).isZero();
        assertThat(written.output()).isEqualTo("seed 7 found nothing\n");
        assertThat(Files.readAllLines(history)).hasSizeGreaterThan(100);
    }
}
