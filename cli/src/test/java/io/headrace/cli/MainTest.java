package io.headrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Map<String, String> environment, String... arguments) {
        CommandLine commandLine = Main.commandLine(environment);
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
        assertThat(out.toString()).contains("consume", "produce", "topics", "groups", "complete -F");
    }
}
