package io.headrace.network.server;

import io.headrace.network.loop.NetworkLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

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
    private final LongSupplier clockMs;
    private long nowMs;

    /** @param clockMs milliseconds of an arbitrary clock */
    ConnectionLoop(NetworkLoop loop, InboundBudget budget, NetworkCounters counters, LongSupplier clockMs) {
        this.loop = loop;
        this.budget = budget;
        this.counters = counters;
        this.clockMs = clockMs;
        this.nowMs = clockMs.getAsLong();
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
            nowMs = clockMs.getAsLong();
        }
        return nowMs;
    }

    void add(Connection connection) {
        connection.indexInLoop = connections.size();
        connections.add(connection);
        if (!sweepScheduled) {
            nowMs = clockMs.getAsLong();
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
        loop.schedule(this::onSweepDue, SWEEP_INTERVAL_MS);
    }

    private void onSweepDue() {
        sweepScheduled = false;
        sweep();
        if (!connections.isEmpty()) {
            scheduleSweep();
        }
    }

    /** Looks at the clock and at every connection. */
    void sweep() {
        nowMs = clockMs.getAsLong();
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).sweep(nowMs);
            }
        }
    }
}
