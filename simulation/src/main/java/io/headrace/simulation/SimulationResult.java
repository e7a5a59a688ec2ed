package io.headrace.simulation;

import io.headrace.simulation.history.Measures;
import java.util.List;
import java.util.Map;

/**
 * How a simulation ended.
 *
 * @param seed its seed
 * @param problems what was found wrong, in words; empty if nothing was
 * @param traceHash the same for two runs of one seed
 * @param simulatedMs how much virtual time passed
 * @param events how many events there were
 * @param acknowledged records that were acknowledged as durable
 * @param counts how often things happened, by name
 * @param measures what the history says of how fresh and how unique what clients read was
 * @param lastLines the end of the trace
 */
public record SimulationResult(
        long seed,
        List<String> problems,
        long traceHash,
        long simulatedMs,
        long events,
        long acknowledged,
        Map<String, Integer> counts,
        Measures measures,
        List<String> lastLines) {
    /** What is wrong and how to see it again. */
    public String report() {
        StringBuilder text = new StringBuilder();
        text.append("seed ").append(seed).append(" found:\n");
        problems.forEach(problem -> text.append("  ").append(problem).append('\n'));
        text.append("replay: bin/soak --seed ")
                .append(seed)
                .append(" --runs 1, or mvn -pl simulation -am test")
                .append(" -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dseed=")
                .append(seed)
                .append('\n');
        return text.toString();
    }
}
