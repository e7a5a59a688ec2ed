package io.headrace.simulation.history;

/**
 * Something wrong with a history.
 *
 * @param kind what
 * @param description where, with the values and offsets that show it
 */
public record Anomaly(AnomalyKind kind, String description) {
    @Override
    public String toString() {
        return kind + ": " + description;
    }
}
