package io.headrace.simulation.broker;

import io.headrace.simulation.world.Schedule;
import java.util.function.LongSupplier;

/** Stands for a thread of the broker: runs a step some time after it was woken, and again while there is work. */
final class Stepper implements Runnable {
    /** One step. */
    @FunctionalInterface
    interface Step {
        /** Returns whether there may be more to do at once. */
        boolean run() throws Exception;
    }

    private final Schedule schedule;
    private final LongSupplier delayUs;
    private final BrokerProcess process;
    private final Step step;
    private boolean planned;

    Stepper(Schedule schedule, LongSupplier delayUs, BrokerProcess process, Step step) {
        this.schedule = schedule;
        this.delayUs = delayUs;
        this.process = process;
        this.step = step;
    }

    void wakeUp() {
        if (!planned) {
            planned = true;
            schedule.after(delayUs.getAsLong(), this);
        }
    }

    @Override
    public void run() {
        planned = false;
        if (process.step(step)) {
            wakeUp();
        }
    }
}
