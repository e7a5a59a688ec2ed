package io.headrace.simulation.history;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The anomalies of a history: all are counted, the first few of each kind are described. */
public final class Findings {
    private static final int DESCRIBED_MAX = 10;

    private final Map<AnomalyKind, Integer> counts = new EnumMap<>(AnomalyKind.class);
    private final List<Anomaly> described = new ArrayList<>();

    private Measures measures = Measures.NONE;

    Findings() {}

    void measured(Measures taken) {
        measures = taken;
    }

    /** What else there is to say of the history. */
    public Measures measures() {
        return measures;
    }

    void add(AnomalyKind kind, String description) {
        if (counts.merge(kind, 1, Integer::sum) <= DESCRIBED_MAX) {
            described.add(new Anomaly(kind, description));
        }
    }

    /** Whether the next description of this kind would be kept; spares the making of those that would not. */
    boolean wants(AnomalyKind kind) {
        if (counts.getOrDefault(kind, 0) < DESCRIBED_MAX) {
            return true;
        }
        counts.merge(kind, 1, Integer::sum);
        return false;
    }

    /** How often each kind was found; kinds that were not are absent. */
    public Map<AnomalyKind, Integer> counts() {
        return counts;
    }

    /** What Kafka does not allow of all that is described; empty exactly if nothing of that was found. */
    public List<Anomaly> forbidden() {
        return described.stream()
                .filter(anomaly -> !AnomalyKind.allowedByKafka().contains(anomaly.kind()))
                .toList();
    }
}
