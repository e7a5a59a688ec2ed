package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The text form of a history: one operation a line, so that any client in any language can write one.
 *
 * <pre>
 * startMs endMs process kind outcome step...
 *
 * 1000 1007 3 send ok s:orders-0:41@17 s:orders-0:42@18
 * 1003 1010 4 poll ok p:orders-0:40@16
 * 1011 1011 5 transaction invoke s:copies-1:40
 * 1011 1020 5 transaction info p:orders-0:40@16 s:copies-1:40
 * 1022 1022 4 assign ok orders-0 orders-1
 * 1030 1031 4 commit ok c:group/orders-0@17
 * 1040 1041 6 committed ok f:group/orders-0@17
 * </pre>
 *
 * <p>Kinds and outcomes are those of {@link Operation}; lines are written when the outcome is known. The outcome {@code invoke}
 * besides these is for clients that may not live to see another: it is written before the operation is begun, or each time a
 * transaction grows, and {@link HistoryReader} knows what it is worth. Times come from one clock that does not jump. The offset of a send is left out where it is not known, and that of
 * a group's partition without a stored offset. Lines may come in any order except that those of one process follow each
 * other as they happened; empty lines and lines that begin with # are passed over.
 */
public final class HistoryText {
    private static final String INVOKE = "invoke";
    private static final int OUTCOME = 4;

    private HistoryText() {}

    /** One operation as a line, without its end. */
    public static String format(Operation operation) {
        StringBuilder line = new StringBuilder();
        line.append(operation.startMs())
                .append(' ')
                .append(operation.endMs())
                .append(' ')
                .append(operation.process())
                .append(' ')
                .append(operation.kind().name().toLowerCase(Locale.ROOT))
                .append(' ')
                .append(operation.outcome().name().toLowerCase(Locale.ROOT));
        for (Step step : operation.steps()) {
            line.append(' ').append(letter(step.action())).append(':').append(step.key());
            if (hasValue(step.action())) {
                line.append(':').append(step.value());
            }
            if (step.offset() != Operation.NO_OFFSET) {
                line.append('@').append(step.offset());
            }
        }
        for (String key : new TreeSet<>(operation.keys())) {
            line.append(' ').append(key);
        }
        return line.toString();
    }

    /** Whether a line holds an operation. */
    public static boolean isOperation(String line) {
        return !line.isBlank() && line.charAt(0) != '#';
    }

    /** Whether a line with an operation says that it begins, and nothing of its end. */
    static boolean isInvocation(String line) {
        String[] words = line.strip().split(" +", OUTCOME + 2);
        return words.length > OUTCOME && words[OUTCOME].equals(INVOKE);
    }

    /**
     * Reads one line. One that says that an operation begins makes an operation of unknown outcome.
     *
     * @throws IllegalArgumentException naming the line, if it is none of ours
     */
    public static Operation parse(String line) {
        try {
            List<String> words = List.of(line.strip().split(" +", -1));
            Kind kind = Kind.valueOf(words.get(3).toUpperCase(Locale.ROOT));
            List<Step> steps = new ArrayList<>();
            Set<String> keys = new LinkedHashSet<>();
            for (String word : words.subList(OUTCOME + 1, words.size())) {
                if (kind == Kind.ASSIGN) {
                    keys.add(word);
                } else {
                    steps.add(step(word));
                }
            }
            return new Operation(
                    Integer.parseInt(words.get(2)),
                    kind,
                    outcome(words.get(OUTCOME)),
                    Long.parseLong(words.get(0)),
                    Long.parseLong(words.get(1)),
                    steps,
                    keys);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("Not a line of a history: " + line, e);
        }
    }

    private static Outcome outcome(String word) {
        return word.equals(INVOKE) ? Outcome.INFO : Outcome.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static Step step(String word) {
        Action action = action(word.charAt(0));
        if (word.charAt(1) != ':') {
            throw new IllegalArgumentException(word);
        }
        int at = word.lastIndexOf('@');
        long offset = at < 0 ? Operation.NO_OFFSET : Long.parseLong(word.substring(at + 1));
        String rest = word.substring(2, at < 0 ? word.length() : at);
        if (!hasValue(action)) {
            return new Step(action, rest, 0, offset);
        }
        int colon = rest.lastIndexOf(':');
        return new Step(action, rest.substring(0, colon), Long.parseLong(rest.substring(colon + 1)), offset);
    }

    private static boolean hasValue(Action action) {
        return action == Action.SEND || action == Action.POLL;
    }

    private static char letter(Action action) {
        return switch (action) {
            case SEND -> 's';
            case POLL -> 'p';
            case COMMIT -> 'c';
            case COMMITTED -> 'f';
        };
    }

    private static Action action(char letter) {
        return switch (letter) {
            case 's' -> Action.SEND;
            case 'p' -> Action.POLL;
            case 'c' -> Action.COMMIT;
            case 'f' -> Action.COMMITTED;
            default -> throw new IllegalArgumentException("No action has the letter " + letter);
        };
    }
}
