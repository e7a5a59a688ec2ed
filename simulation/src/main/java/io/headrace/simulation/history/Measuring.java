package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the {@link Measures} of a history. A process consumes for the group whose offsets it stores or asks for; others only read,
 * as often as they like. What a failed transaction polled it did not consume.
 */
final class Measuring {
    private final List<Operation> operations;
    private final Map<String, Versions> versions;
    /** The values of each partition by their index. */
    private final Map<String, int[]> orders = new HashMap<>();

    Measuring(List<Operation> operations, Map<String, Versions> versions) {
        this.operations = operations;
        this.versions = versions;
    }

    /** Takes the order of one partition's values. */
    void order(Versions key, int[] order) {
        orders.put(key.key(), order);
    }

    Measures measures() {
        Map<Integer, String> groups = groups();
        Map<String, Integer> consumed = new HashMap<>();
        long lagMs = 0;
        for (Operation operation : operations) {
            if (operation.outcome() != Outcome.OK) {
                continue;
            }
            String group = groups.get(operation.process());
            Map<String, Integer> last = new HashMap<>();
            for (Step step : operation.steps()) {
                Versions key = step.action() == Action.POLL ? versions.get(step.key()) : null;
                if (key == null) {
                    continue;
                }
                last.merge(step.key(), key.firstIndex(key.number(step.value())), Math::max);
                if (group != null) {
                    consumed.merge(group + " " + step.key() + " " + step.value(), 1, Integer::sum);
                }
            }
            for (Map.Entry<String, Integer> each : last.entrySet()) {
                lagMs = Math.max(lagMs, lagMs(operation, each.getKey(), each.getValue()));
            }
        }
        int most = consumed.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        long again = consumed.values().stream().filter(count -> count > 1).count();
        return new Measures(lagMs, again, most);
    }

    private Map<Integer, String> groups() {
        Map<Integer, String> groups = new HashMap<>();
        for (Operation operation : operations) {
            for (Step step : operation.steps()) {
                if (step.action() == Action.COMMIT || step.action() == Action.COMMITTED) {
                    groups.put(
                            operation.process(),
                            step.key().substring(0, Math.max(0, step.key().indexOf('/'))));
                }
            }
        }
        return groups;
    }

    /** For how long, when the poll began, there had been something after the last that it returned. */
    private long lagMs(Operation poll, String key, int index) {
        int[] order = orders.getOrDefault(key, new int[0]);
        Versions values = versions.get(key);
        if (values == null || index < 0 || index + 1 >= order.length) {
            return 0;
        }
        int writer = values.writer(order[index + 1]);
        if (writer == Versions.NOWHERE || operations.get(writer).outcome() != Outcome.OK) {
            return 0;
        }
        return Math.max(0, poll.startMs() - operations.get(writer).endMs());
    }
}
