package io.headrace.simulation.client;

import io.headrace.simulation.broker.BrokerMachine;
import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.history.HistoryChecker;
import io.headrace.simulation.history.HistoryText;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.Trace;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What all clients of a simulation share. */
public final class World {
    final Schedule schedule;
    final Trace trace;
    final BrokerMachine machine;
    final Topics topics = new Topics();
    private final Copies copies = new Copies();
    private final KeyedHistory keyed;
    private final HistoryChecker history = new HistoryChecker();
    private final Consumer<String> historyLines;
    private final TreeMap<String, Integer> counts = new TreeMap<>();
    private int processes;

    /**
     * @param keepsTombstones whether no tombstone is old enough to be removed
     * @param historyLines gets each line of the history; for keeping it
     */
    public World(
            Schedule schedule,
            Trace trace,
            BrokerMachine machine,
            boolean keepsTombstones,
            Consumer<String> historyLines) {
        this.keyed = new KeyedHistory(trace, keepsTombstones);
        this.schedule = schedule;
        this.trace = trace;
        this.machine = machine;
        this.historyLines = historyLines;
    }

    public Topics topics() {
        return topics;
    }

    /** What was sent to the compacted topic, which is no part of {@link #history}. */
    public KeyedHistory keyed() {
        return keyed;
    }

    Copies copies() {
        return copies;
    }

    public HistoryChecker history() {
        return history;
    }

    /** How often rare things happened, by name. */
    public Map<String, Integer> counts() {
        return counts;
    }

    void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    /** A number for a client that begins anew. */
    int newProcess() {
        return ++processes;
    }

    void record(int process, Operation.Kind kind, Operation.Outcome outcome, long startMs, List<Operation.Step> steps) {
        record(Operation.of(process, kind, outcome, startMs, schedule.nowMs(), steps));
    }

    /** What a client polled outside of transactions, if it polled anything. */
    void recordPolled(int process, long startMs, List<Polled> records) {
        if (!records.isEmpty()) {
            List<Operation.Step> steps = records.stream().map(Polled::step).toList();
            record(process, Operation.Kind.POLL, Operation.Outcome.OK, startMs, steps);
        }
    }

    void record(Operation operation) {
        String line = HistoryText.format(operation);
        trace.note(line);
        historyLines.accept(line);
        List<Operation.Step> inKeyed = operation.steps().stream()
                .filter(step -> step.key().startsWith(Topics.KEYED))
                .toList();
        if (inKeyed.isEmpty()) {
            history.add(operation);
            return;
        }
        keyed.add(operation, inKeyed);
        List<Operation.Step> others = operation.steps().stream()
                .filter(step -> !step.key().startsWith(Topics.KEYED))
                .toList();
        if (!others.isEmpty()) {
            history.add(Operation.of(
                    operation.process(),
                    operation.kind(),
                    operation.outcome(),
                    operation.startMs(),
                    operation.endMs(),
                    others));
        }
    }
}
