package io.headrace.simulation;

import io.headrace.simulation.broker.Tampering;
import io.headrace.simulation.history.Measures;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs seed after seed on all processors for some minutes, and tells what it found. */
public final class Soak {
    private final long firstSeed;
    private final long runsMax;
    private final long endNanos;
    private final boolean verbose;
    private final PrintStream out;
    private final AtomicLong nextRun = new AtomicLong();
    // Guarded by this.
    private final TreeMap<String, Long> counts = new TreeMap<>();
    private final List<Long> failedSeeds = new ArrayList<>();
    private long simulatedMs;
    private long acknowledged;
    private long events;
    private long runs;
    private Measures measures = Measures.NONE;

    private Soak(long firstSeed, long runsMax, double minutes, boolean verbose, PrintStream out) {
        this.firstSeed = firstSeed;
        this.runsMax = runsMax;
        this.endNanos = System.nanoTime() + (long) (minutes * 60e9);
        this.verbose = verbose;
        this.out = out;
    }

    /** {@code --minutes M --seed S [--runs N] [--trace] [--history FILE]}; ends with 1 if a seed found something. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        double minutes = 1;
        long seed = 1;
        long runs = Long.MAX_VALUE;
        boolean verbose = false;
        Path history = null;
        try {
            Iterator<String> left = List.of(arguments).iterator();
            while (left.hasNext()) {
                String option = left.next();
                switch (option) {
                    case "--minutes" -> minutes = Double.parseDouble(left.next());
                    case "--seed" -> seed = Long.parseLong(left.next());
                    case "--runs" -> runs = Long.parseLong(left.next());
                    case "--trace" -> verbose = true;
                    case "--history" -> history = Path.of(left.next());
                    default -> throw new NoSuchElementException(option);
                }
            }
        } catch (NoSuchElementException | NumberFormatException e) {
            System.err.println("Usage: soak --minutes M --seed S [--runs N] [--trace] [--history FILE]");
            System.exit(2);
        }
        if (!verbose) {
            Logger.getLogger("").setLevel(Level.OFF);
        }
        if (history != null) {
            System.exit(writeHistory(seed, history) ? 0 : 1);
        }
        Soak soak = new Soak(seed, runs, minutes, verbose, System.out);
        System.exit(soak.run() ? 0 : 1);
    }

    /** Whether the seed found nothing. */
    private static boolean writeHistory(long seed, Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        SimulationResult result = Simulation.run(SimulationOptions.of(seed), Tampering.NONE, lines::add);
        Files.write(file, lines);
        boolean sound = result.problems().isEmpty();
        System.out.println(sound ? "seed " + seed + " found nothing" : result.report());
        return sound;
    }

    private boolean run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        int count = (int) Math.min(runsMax, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::runSeeds, "soak-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        report();
        return failedSeeds.isEmpty();
    }

    private void runSeeds() {
        while (System.nanoTime() < endNanos) {
            long run = nextRun.getAndIncrement();
            if (run >= runsMax) {
                return;
            }
            add(Simulation.run(firstSeed + run));
        }
    }

    private synchronized void add(SimulationResult result) {
        runs++;
        simulatedMs += result.simulatedMs();
        acknowledged += result.acknowledged();
        measures = measures.and(result.measures());
        events += result.events();
        result.counts().forEach((what, count) -> counts.merge(what, (long) count, Long::sum));
        if (!result.problems().isEmpty()) {
            failedSeeds.add(result.seed());
            out.print(result.report());
            if (verbose) {
                result.lastLines().forEach(out::println);
            }
        }
    }

    private synchronized void report() {
        out.printf(
                Locale.ROOT,
                "%d seeds from %d: %.1f simulated hours, %d events, %d records acknowledged, %d crashes; %d seeds"
                        + " failed%n",
                runs,
                firstSeed,
                simulatedMs / 3_600_000.0,
                events,
                acknowledged,
                counts.getOrDefault("crashes", 0L),
                failedSeeds.size());
        out.println(measures);
        counts.forEach((what, count) -> out.printf(Locale.ROOT, "  %-40s %d%n", what, count));
        if (!failedSeeds.isEmpty()) {
            out.println("failed: " + failedSeeds);
        }
    }
}
