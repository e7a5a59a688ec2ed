package io.headrace.network.server;

import io.headrace.network.loop.NetworkLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one loop, and the coarse clock they share: one look over all of them a second in place of timers of
 * their own. A loop without connections has no timer. Owned by the loop, except for the accessors.
 */
final class ConnectionLoop {
    private static final long SWEEP_INTERVAL_MS = 1_000;

    private final NetworkLoop loop;
    private final InboundBudget budget;
    private final NetworkCounters counters;
    private final List<Connection> connections = new ArrayList<>();
    private boolean sweepScheduled;
    private long nowMs = clockMs();

    ConnectionLoop(NetworkLoop loop, InboundBudget budget, NetworkCounters counters) {
        this.loop = loop;
        this.budget = budget;
        this.counters = counters;
    }

    NetworkLoop loop() {
        return loop;
    }

    InboundBudget budget() {
        return budget;
    }

    NetworkCounters counters() {
        return counters;
    }

    /** Milliseconds of an arbitrary clock, right to a second while there are connections. */
    long nowMs() {
        if (!sweepScheduled) {
            nowMs = clockMs();
        }
        return nowMs;
    }

    void add(Connection connection) {
        connection.indexInLoop = connections.size();
        connections.add(connection);
        if (!sweepScheduled) {
            nowMs = clockMs();
            scheduleSweep();
        }
    }

    void remove(Connection connection) {
        int index = connection.indexInLoop;
        if (index >= 0) {
            Connection last = connections.remove(connections.size() - 1);
            if (last != connection) {
                connections.set(index, last);
                last.indexInLoop = index;
            }
            connection.indexInLoop = -1;
        }
    }

    /** The connections of one listener; a copy, because closing changes the list. */
    List<Connection> ofListener(String listenerName) {
        List<Connection> result = new ArrayList<>();
        for (Connection connection : connections) {
            if (connection.listenerName().equals(listenerName)) {
                result.add(connection);
            }
        }
        return result;
    }

    void retryReading() {
        for (Connection connection : new ArrayList<>(connections)) {
            connection.retryReading();
        }
    }

    private void scheduleSweep() {
        sweepScheduled = true;
        loop.schedule(this::sweep, SWEEP_INTERVAL_MS);
    }

    private void sweep() {
        nowMs = clockMs();
        sweepScheduled = false;
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).sweep(nowMs);
            }
        }
        if (!connections.isEmpty()) {
            scheduleSweep();
        }
    }

    private static long clockMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
