package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks at each process on its own: whether its polls follow each other without gaps, and its sends lie in their order. */
final class ProcessOrder {
    private final List<Operation> operations;
    private final Map<String, Versions> versions;
    private final Findings findings;
    private final Map<Integer, Map<String, Integer>> polled = new HashMap<>();
    private final Map<Integer, Map<String, Integer>> sent = new HashMap<>();

    ProcessOrder(List<Operation> operations, Map<String, Versions> versions, Findings findings) {
        this.operations = operations;
        this.versions = versions;
        this.findings = findings;
    }

    void check() {
        for (Operation operation : operations) {
            if (operation.kind() == Kind.ASSIGN) {
                Map<String, Integer> positions = polled.get(operation.process());
                if (positions != null) {
                    positions.keySet().retainAll(operation.keys());
                }
            } else {
                checkPolls(operation);
                checkSends(operation);
            }
        }
    }

    private void checkPolls(Operation operation) {
        Map<String, Integer> positions = polled.computeIfAbsent(operation.process(), process -> new HashMap<>());
        Map<String, Integer> inside = new HashMap<>();
        for (Step step : operation.steps()) {
            if (step.action() != Action.POLL) {
                continue;
            }
            int index = index(step);
            Integer before = inside.put(step.key(), index);
            if (before != null) {
                report(step, index - before, AnomalyKind.INT_POLL_SKIP, AnomalyKind.INT_NONMONOTONIC_POLL, operation);
            } else {
                Integer last = positions.get(step.key());
                if (last != null) {
                    report(step, index - last, AnomalyKind.POLL_SKIP, AnomalyKind.NONMONOTONIC_POLL, operation);
                }
            }
        }
        if (operation.outcome() == Outcome.OK) {
            positions.putAll(inside);
        }
    }

    private void checkSends(Operation operation) {
        if (operation.outcome() == Outcome.FAIL) {
            return;
        }
        Map<String, Integer> places = sent.computeIfAbsent(operation.process(), process -> new HashMap<>());
        Map<String, Integer> inside = new HashMap<>();
        for (Step step : operation.steps()) {
            int index = step.action() == Action.SEND ? index(step) : Versions.NOWHERE;
            if (index == Versions.NOWHERE) {
                continue;
            }
            Integer before = inside.put(step.key(), index);
            if (before != null) {
                report(step, index - before, AnomalyKind.INT_SEND_SKIP, AnomalyKind.INT_NONMONOTONIC_SEND, operation);
            } else {
                Integer last = places.get(step.key());
                if (last != null && index < last) {
                    report(step, index - last, AnomalyKind.NONMONOTONIC_SEND, AnomalyKind.NONMONOTONIC_SEND, operation);
                }
            }
        }
        places.putAll(inside);
    }

    private int index(Step step) {
        Versions key = versions.get(step.key());
        return key == null ? Versions.NOWHERE : key.firstIndex(key.number(step.value()));
    }

    private void report(Step step, int delta, AnomalyKind skip, AnomalyKind back, Operation operation) {
        if (delta == 1) {
            return;
        }
        AnomalyKind kind = delta > 1 ? skip : back;
        if (findings.wants(kind)) {
            findings.add(
                    kind,
                    "process " + operation.process() + " went in " + step.key() + " by " + delta + " values to "
                            + step.value() + " at offset " + step.offset() + ", at " + operation.startMs() + " ms");
        }
    }
}
