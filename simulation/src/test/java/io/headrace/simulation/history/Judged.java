package io.headrace.simulation.history;

import java.util.List;
import java.util.Map;

/** What the checker finds in histories that are written as lines. */
final class Judged {
    private Judged() {}

    static Findings findings(List<String> lines) {
        HistoryChecker checker = new HistoryChecker();
        lines.forEach(line -> checker.add(HistoryText.parse(line)));
        return checker.check();
    }

    /** How many of each kind of anomaly it finds. */
    static Map<AnomalyKind, Integer> check(List<String> lines) {
        return findings(lines).counts();
    }

    /** How many of each kind of anomaly it finds. */
    static Map<AnomalyKind, Integer> check(String... lines) {
        return check(List.of(lines));
    }
}
