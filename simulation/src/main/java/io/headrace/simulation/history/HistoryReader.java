package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes operations of the lines that clients wrote, also of clients that were killed in the middle of something.
 *
 * <p>A client that may be killed writes a line with the outcome {@code invoke} before it sends or commits, see
 * {@link HistoryText}. A later line of the same process that has the same step ends it. What nothing ended is of unknown
 * outcome: {@link #end} says so, for all of a transaction at once, as it takes effect at once. Memory is held for what is
 * begun and not ended.
 */
public final class HistoryReader {
    /** What a later line has in common with the one that began it. Where a send ended up is only known afterwards. */
    private record Begun(int process, Action action, String key, long value, long offset) {
        static Begun of(Operation operation, Step step) {
            long offset = step.action() == Action.COMMIT ? step.offset() : Operation.NO_OFFSET;
            return new Begun(operation.process(), step.action(), step.key(), step.value(), offset);
        }
    }

    private record Transaction(int process, long startMs) {}

    private final Consumer<Operation> operations;
    private final Map<Begun, Operation> begun = new LinkedHashMap<>();

    /**
     * A reader.
     *
     * @param operations gets each operation when its end is known
     */
    public HistoryReader(Consumer<Operation> operations) {
        this.operations = operations;
    }

    /**
     * Takes one line.
     *
     * @throws IllegalArgumentException naming the line, if it is none of a history
     */
    public void line(String line) {
        if (!HistoryText.isOperation(line)) {
            return;
        }
        Operation operation = HistoryText.parse(line);
        if (HistoryText.isInvocation(line)) {
            operation.steps().forEach(step -> begun.put(Begun.of(operation, step), operation));
            return;
        }
        if (!begun.isEmpty()) {
            operation.steps().forEach(step -> begun.remove(Begun.of(operation, step)));
        }
        operations.accept(operation);
    }

    /**
     * Takes all lines of a file. A last line that lacks its end is left out: whoever wrote it was killed meanwhile, so that it
     * says nothing that an earlier line does not.
     */
    public void file(Path file) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            StringBuilder line = new StringBuilder();
            for (int next = reader.read(); next >= 0; next = reader.read()) {
                if (next == '\n') {
                    line(line.toString());
                    line.setLength(0);
                } else {
                    line.append((char) next);
                }
            }
        }
    }

    /** There are no more lines: nobody knows what became of what was begun and not ended. */
    public void end() {
        Map<Transaction, List<Step>> transactions = new LinkedHashMap<>();
        begun.forEach((left, operation) -> {
            Step step = new Step(left.action(), left.key(), left.value(), left.offset());
            if (operation.kind() == Kind.TRANSACTION) {
                transactions
                        .computeIfAbsent(
                                new Transaction(left.process(), operation.startMs()), transaction -> new ArrayList<>())
                        .add(step);
            } else {
                operations.accept(unknown(left.process(), operation.kind(), operation.startMs(), List.of(step)));
            }
        });
        begun.clear();
        transactions.forEach((transaction, steps) ->
                operations.accept(unknown(transaction.process(), Kind.TRANSACTION, transaction.startMs(), steps)));
    }

    private static Operation unknown(int process, Kind kind, long startMs, List<Step> steps) {
        return Operation.of(process, kind, Outcome.INFO, startMs, startMs, steps);
    }
}
