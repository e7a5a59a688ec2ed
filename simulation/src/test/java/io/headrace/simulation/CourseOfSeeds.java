package io.headrace.simulation;

import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A program that runs seeds and prints, in a line for each, what identifies the course that it took. */
final class CourseOfSeeds {
    private CourseOfSeeds() {}

    /** @param seeds which, as decimal numbers */
    public static void main(String[] seeds) {
        Logger.getLogger("").setLevel(Level.OFF);
        for (String seed : seeds) {
            System.out.println(of(Simulation.run(Long.parseLong(seed))));
        }
    }

    /** The course of one seed. */
    static String of(SimulationResult result) {
        return result.seed() + " " + Long.toHexString(result.traceHash()) + " " + result.events() + " "
                + new TreeMap<>(result.counts());
    }
}
