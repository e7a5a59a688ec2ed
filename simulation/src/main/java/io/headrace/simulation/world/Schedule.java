package io.headrace.simulation.world;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What will happen and when, in virtual time that only moves from one event to the next. */
public final class Schedule {
    private record Event(long timeUs, long number, Runnable task) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::timeUs).thenComparingLong(Event::number));
    private long nowUs = 1_000_000;
    private long numbers;
    private long done;

    /** Runs a task after a delay; tasks of the same moment run in the order in which they were planned. */
    public void after(long delayUs, Runnable task) {
        events.add(new Event(nowUs + Math.max(0, delayUs), numbers++, task));
    }

    /** Goes to the next event and runs it; false if there is none. */
    public boolean step() {
        Event next = events.poll();
        if (next == null) {
            return false;
        }
        nowUs = next.timeUs();
        done++;
        next.task().run();
        return true;
    }

    /** Runs what happens within the next while. */
    public void runFor(long durationUs) {
        long endUs = nowUs + durationUs;
        while (!events.isEmpty() && events.peek().timeUs() <= endUs) {
            step();
        }
        nowUs = endUs;
    }

    public long nowUs() {
        return nowUs;
    }

    public long nowMs() {
        return nowUs / 1000;
    }

    /** Events so far. */
    public long eventCount() {
        return done;
    }
}
