package io.headrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A command line of only the commands that its arguments name says the same as one of all commands. */
class CommandTreeTest {
    private record Said(int exitCode, String out, String err) {}

    private static Said execute(CommandLine line, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return new Said(line.execute(arguments), out.toString(), err.toString());
    }

    private final CommandLine all = CommandTree.commandLine(Map.of());

    private void assertSaysTheSame(String... arguments) {
        assertThat(execute(CommandTree.commandLine(Map.of(), arguments), arguments))
                .as("%s", List.of(arguments))
                .isEqualTo(execute(all, arguments));
    }

    @Test
    void helpOfEveryCommand() {
        for (List<String> path : paths()) {
            assertSaysTheSame(with(path, "--help"));
            assertSaysTheSame(with(path.subList(0, path.size() - 1), "--help", path.get(path.size() - 1)));
        }
        for (String name : all.getSubcommands().keySet()) {
            assertSaysTheSame("help", name);
        }
        assertSaysTheSame("--help");
        assertSaysTheSame();
    }

    @Test
    void wrongUsageOfEveryCommand() {
        for (List<String> path : paths()) {
            assertSaysTheSame(with(path, "--no-such-option"));
        }
    }

    @Test
    void wordsThatAreCommandsOnlyElsewhere() {
        assertSaysTheSame("topics", "lisst");
        assertSaysTheSame("lisst", "topics");
        assertSaysTheSame("list", "topics");
        assertSaysTheSame("topics", "reset-offsets");
        assertSaysTheSame("topics", "-b", "list");
        assertSaysTheSame("-b", "topics", "group");
        assertSaysTheSame("-b", "topics");
        assertSaysTheSame("groups", "--help", "topics");
        assertSaysTheSame("topics", "list", "create");
    }

    @Test
    void commandsFromAFileOfArguments(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("arguments"), "groups list --help");
        assertSaysTheSame("@" + file);
        assertSaysTheSame("-b", "topics", "@" + file);
        assertSaysTheSame("groups", "delete", "@" + file);
    }

    @Test
    void completionAndVersion() {
        assertSaysTheSame("generate", "completion");
        assertSaysTheSame("generate", "--help");
        assertSaysTheSame("--version", "topics");
        assertSaysTheSame("version");
    }

    /** What is left out when other commands are named must be found by each of its names. */
    @Test
    void everyCommandIsFoundByEveryName() {
        for (List<String> path : paths()) {
            CommandLine found = CommandTree.commandLine(Map.of(), path.toArray(String[]::new));
            for (String step : path) {
                assertThat(found.getSubcommands()).as("%s", path).containsKey(step);
                found = Objects.requireNonNull(found.getSubcommands().get(step), step);
            }
        }
    }

    @Test
    void onlyTheNamedCommandsAreMade() {
        CommandLine line = CommandTree.commandLine(Map.of(), "-v", "topics", "ls");
        assertThat(line.getSubcommands()).containsOnlyKeys("topics", "topic");
        assertThat(Objects.requireNonNull(line.getSubcommands().get("topics")).getSubcommands())
                .containsOnlyKeys("list", "ls");
    }

    /** The ways to every command, by each of its names. */
    private List<List<String>> paths() {
        List<List<String>> paths = new ArrayList<>();
        addPaths(all, List.of(), paths);
        assertThat(paths).contains(List.of("txn", "find-hanging"), List.of("consume"), List.of("topics", "rm"));
        return paths;
    }

    private static void addPaths(CommandLine parent, List<String> path, List<List<String>> paths) {
        parent.getSubcommands().forEach((name, command) -> {
            List<String> whole = List.of(with(path, name));
            paths.add(whole);
            addPaths(command, whole, paths);
        });
    }

    private static String[] with(List<String> path, String... more) {
        return Stream.concat(path.stream(), Stream.of(more)).toArray(String[]::new);
    }
}
