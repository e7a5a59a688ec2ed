package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Stops a broker's writes and syncs of chosen files just before they happen, so that it can be killed there, by a small
 * library in C that it is started with: {@code src/test/c/stopped-writes.c}.
 *
 * <p>Unlike a traced process, one that waits in there is killed as any other, and only the thread that writes waits.
 */
public final class StoppedWrites {
    /** What happens to the calls on files whose path contains {@code part}, but for the first {@code skipped} of them. */
    public record Rule(String verdict, String call, int skipped, String part) {
        /** Writes wait. */
        public static Rule holdWrites(String part) {
            return new Rule("hold", "write", 0, part);
        }

        /** All writes but the first wait. */
        public static Rule holdWritesButTheFirst(String part) {
            return new Rule("hold", "write", 1, part);
        }

        /** All syncs but the first wait. */
        public static Rule holdSyncsButTheFirst(String part) {
            return new Rule("hold", "sync", 1, part);
        }

        /** Writes fail as on a full disk, which a broker survives. */
        public static Rule refuseWrites(String part) {
            return new Rule("refuse", "write", 0, part);
        }
    }

    private final Path rules;
    private final Path report;
    private int seen;

    private StoppedWrites(Path rules, Path report) {
        this.rules = rules;
        this.report = report;
    }

    /** For a broker that was not started yet. */
    public static StoppedWrites of(Broker broker) {
        StoppedWrites stopped = new StoppedWrites(
                broker.logFile().resolveSibling("stopped-writes.rules").toAbsolutePath(),
                broker.logFile().resolveSibling("stopped-writes.report").toAbsolutePath());
        stopped.replace(List.of());
        broker.putEnvironment(Map.of(
                "LD_PRELOAD", CompiledC.library("stopped-writes").toString(),
                "STOPPED_WRITES_RULES", stopped.rules.toString(),
                "STOPPED_WRITES_REPORT", stopped.report.toString(),
                "STOPPED_WRITES_BELOW", broker.dataDirectory().toAbsolutePath().toString()));
        return stopped;
    }

    /** From now on these rules hold, the first for a call decides, and {@link #calls} begins anew. */
    public void replace(Collection<Rule> wanted) {
        StringBuilder text = new StringBuilder();
        for (Rule rule : wanted) {
            text.append(rule.verdict() + " " + rule.call() + " " + rule.skipped() + " " + rule.part() + "\n");
        }
        try {
            if (Files.notExists(report)) {
                Files.createFile(report);
            }
            seen = Files.readAllLines(report).size();
            Path next = rules.resolveSibling("stopped-writes.next");
            Files.writeString(next, text);
            Files.move(next, rules, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The calls since the rules were replaced, oldest first: {@code done|held|refused write|sync PATH}. */
    public List<String> calls() {
        try {
            List<String> all = Files.readAllLines(report);
            return List.copyOf(all.subList(seen, all.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until a call that begins so, such as {@code held write}, was made on a file whose path contains {@code part}. */
    public void await(String beginning, String part) {
        Predicate<String> wanted = call -> call.startsWith(beginning) && call.contains(part);
        Await.until(
                () -> "\"" + beginning + " ..." + part + "\" among " + calls(),
                Duration.ofSeconds(30),
                () -> calls().stream().anyMatch(wanted));
    }
}
