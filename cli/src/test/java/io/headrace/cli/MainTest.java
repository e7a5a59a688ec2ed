package io.headrace.cli;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Map<String, String> environment, String... arguments) {
        CommandLine commandLine = CommandTree.commandLine(environment, arguments);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    @Test
    void wrongUsageEndsWithTwo() {
        assertThat(run(Map.of(), "topics", "lisst")).isEqualTo(2);
        assertThat(run(Map.of(), "topics", "list", "--timeout", "soon")).isEqualTo(2);
        assertThat(run(Map.of(), "topics", "list", "-b", ":x")).isEqualTo(2);
        assertThat(run(Map.of(), "consume", "t", "-o", "first")).isEqualTo(2);
        assertThat(run(Map.of(), "groups", "reset-offsets", "g")).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aWrongValueIsNamedOnTheFirstOfTwoLines() {
        assertThat(run(Map.of(), "topics", "create", "t", "--config", "retention"))
                .isEqualTo(2);
        assertThat(err.toString().lines())
                .hasSize(2)
                .first(as(STRING))
                .startsWith("headrace: ")
                .contains("--config", "retention")
                .doesNotContain("option option");
        assertThat(err.toString()).endsWith("See headrace topics create --help" + System.lineSeparator());
    }

    @Test
    void whoNamesNoCommandIsShownThem() {
        assertThat(run(Map.of(), "topics")).isEqualTo(2);
        assertThat(err.toString()).contains("create", "describe", "delete");
    }

    @Test
    void noBrokerEndsWithFiveAndOneLine() {
        assertThat(run(Map.of("HEADRACE_BROKERS", "127.0.0.1:1"), "topics", "list", "--timeout", "200ms"))
                .isEqualTo(5);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains("127.0.0.1:1");
    }

    @Test
    void theCommandLineBeatsTheEnvironment() {
        int code = run(
                Map.of("KAFKA_BOOTSTRAP_SERVERS", "nowhere.invalid:1"),
                "-b",
                "127.0.0.1:2",
                "groups",
                "list",
                "--timeout",
                "200ms");
        assertThat(code).isEqualTo(5);
        assertThat(err.toString()).contains("127.0.0.1:2");
    }

    @Test
    void printsHelpVersionAndCompletion() {
        assertThat(run(Map.of(), "--help")).isZero();
        assertThat(run(Map.of(), "version")).isZero();
        assertThat(run(Map.of(), "generate", "completion")).isZero();
        assertThat(out.toString())
                .contains("consume", "produce", "topics", "groups", "transactions", "find-hanging", "complete -F");
    }

    @Test
    void clientPropertiesComeFromProfileFileAndOptionInThisOrder(@TempDir Path directory) throws IOException {
        Files.createDirectories(directory.resolve("headrace"));
        Files.writeString(directory.resolve("headrace/test.properties"), "bootstrap.servers=127.0.0.1:3\n");
        Path file = directory.resolve("client.properties");
        Files.writeString(file, "bootstrap.servers=127.0.0.1:4\ndefault.api.timeout.ms=200\n");
        Map<String, String> environment =
                Map.of("XDG_CONFIG_HOME", directory.toString(), "HEADRACE_BROKERS", "127.0.0.1:5");
        String[] list = {"topics", "list", "--timeout", "200ms"};

        assertThat(run(environment, with(list, "--profile", "test"))).isEqualTo(5);
        assertThat(lastError()).contains("127.0.0.1:3");
        assertThat(run(environment, with(list, "--profile", "test", "--command-config", file.toString())))
                .isEqualTo(5);
        assertThat(lastError()).contains("127.0.0.1:4");
        assertThat(run(
                        environment,
                        with(list, "--command-config", file.toString(), "-X", "bootstrap.servers=127.0.0.1:6")))
                .isEqualTo(5);
        assertThat(lastError()).contains("127.0.0.1:6");
        assertThat(run(environment, with(list, "-X", "bootstrap.servers=127.0.0.1:6", "-b", "127.0.0.1:7")))
                .isEqualTo(5);
        assertThat(lastError()).contains("127.0.0.1:7");
    }

    @Test
    void aPropertyThatTheClientDoesNotKnowIsNamed() {
        for (String bad : new String[] {"acks=all", "request.timeout.ms=soon", "request.timeout.ms=0", "novalue"}) {
            assertThat(run(Map.of(), "topics", "list", "-X", bad)).as(bad).isEqualTo(2);
            assertThat(lastError()).contains(bad.split("=", -1)[0]);
        }
        assertThat(run(Map.of(), "topics", "list", "-X", "security.protocol=SSL"))
                .isEqualTo(2);
        assertThat(lastError()).contains("SSL");
        assertThat(run(Map.of(), "topics", "list", "--command-config", "/nowhere.properties"))
                .isEqualTo(2);
        assertThat(lastError()).contains("/nowhere.properties");
        assertThat(run(Map.of(), "topics", "list", "--profile", "../x")).isEqualTo(2);
    }

    @Test
    void anAbortNamesOneTransaction() {
        assertThat(run(Map.of(), "transactions", "abort")).isEqualTo(2);
        assertThat(run(Map.of(), "txn", "abort", "id", "-t", "t", "-p", "0")).isEqualTo(2);
        assertThat(run(Map.of(), "txn", "abort", "id", "--start-offset", "4")).isEqualTo(2);
        assertThat(run(Map.of(), "txn", "list", "--longer-than", "ages")).isEqualTo(2);
        assertThat(run(Map.of(), "txn", "find-hanging", "--silent-for", "ages")).isEqualTo(2);
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    private String lastError() {
        String text = err.toString();
        err.getBuffer().setLength(0);
        return text;
    }
}
