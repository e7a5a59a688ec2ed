package io.headrace.simulation.broker;

import io.headrace.core.config.BrokerConfig;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.SimulatedClock;
import io.headrace.simulation.world.Trace;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.journal.CorruptJournalException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The machine of the broker: its disk and clock outlive processes, and it starts a new one when the old one has died. */
public final class BrokerMachine {
    /** Where the broker's data is. */
    public static final Path DIR = Path.of("/data");

    private static final int STARTS_TRIED_MAX = 20;

    /** How long a broker may take until it uses the room that a full disk has again. */
    private static final long ROOM_NOTICED_US = 7_000_000;

    private final Schedule schedule;
    private final Trace trace;
    private final SplittableRandom random;
    private final Tampering tampering;
    private final BrokerConfig config;
    private final StoreOptions options;
    private final SimulatedClock clock;
    private final Probe probe;
    private final BitFlips flips;
    private final long delayUsMax;
    private final TreeMap<String, Integer> counts = new TreeMap<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private @Nullable BrokerProcess process;
    private boolean starting;
    /** Whether something was done to this life's disk that excuses its end. */
    private boolean excused;

    /** Until when partitions may wait for room. */
    private long fullUntilUs;

    private int startsFailed;

    public BrokerMachine(
            Schedule schedule,
            Trace trace,
            SplittableRandom random,
            Tampering tampering,
            BrokerConfig config,
            StoreOptions options,
            long delayUsMax)
            throws IOException {
        this.schedule = schedule;
        this.trace = trace;
        this.random = random;
        this.tampering = tampering;
        this.config = config;
        this.options = options;
        this.delayUsMax = delayUsMax;
        this.clock = new SimulatedClock(schedule);
        this.probe = new Probe(trace);
        this.flips = new BitFlips(random, trace, this::count);
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
    }

    /** How often things were done to this machine, by name. */
    public Map<String, Integer> counts() {
        return counts;
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    public Probe probe() {
        return probe;
    }

    /** Connects a client; null if nobody listens. */
    public @Nullable Link connect(Link.Client client, String name) {
        BrokerProcess running = process;
        if (running == null || !running.isAlive()) {
            return null;
        }
        return new Link(schedule, trace, random.split(), running, client, name, delayUsMax);
    }

    // Lives

    /** Starts the broker now, or if that fails again and again a little later. */
    public void start() {
        starting = false;
        if (process != null) {
            return;
        }
        BrokerProcess next = null;
        WatchedDisk watched = null;
        try {
            tampering.beforeStart(disk, DIR);
            Disk seen = tampering.disk(disk);
            watched = new WatchedDisk(seen, trace);
            next = new BrokerProcess(schedule, trace, random.split(), tampering, watched, clock, probe, this::count);
            next.start(config, DIR, options);
            process = next;
            startsFailed = 0;
            flips.forgetJournal();
            trace.note("started at step " + disk.steps());
            count("starts");
        } catch (IOException | RuntimeException e) {
            trace.note("the start failed: " + e);
            if (next != null) {
                next.die();
            }
            boolean powerless = e instanceof PowerCutException || (watched != null && watched.isPowerless());
            boolean refused = e instanceof CorruptJournalException && flips.repairJournal(disk);
            if (!powerless && !excused && !refused && !(e instanceof DiskFullException)) {
                trace.violation("W9: the broker does not start: " + e + " at " + firstFrames(e));
                startsFailed += 5;
            }
            count(powerless ? "power cuts during starts" : "failed starts");
            if (++startsFailed > STARTS_TRIED_MAX) {
                trace.violation("B18: the broker never starts again: " + e);
                return;
            }
            afterPowerCut(powerless);
        }
    }

    private static String firstFrames(Throwable e) {
        StackTraceElement[] frames = e.getStackTrace();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(6, frames.length); i++) {
            text.append(frames[i]).append(" < ");
        }
        return text.toString();
    }

    private void afterPowerCut(boolean powerless) {
        disk = powerless ? disk.crash(new Random(random.nextLong()), loss()) : disk.kill();
        excused = false;
        startSoon();
    }

    private SimulatedDisk.DirectoryLoss loss() {
        return random.nextInt(4) == 0 ? SimulatedDisk.DirectoryLoss.ANY_SUBSET : SimulatedDisk.DirectoryLoss.PREFIX;
    }

    private void startSoon() {
        if (!starting) {
            starting = true;
            schedule.after(random.nextLong(1_000, 800_000), this::start);
        }
    }

    /** Called now and then: sees whether the process has ended by itself, and does what an operator would. */
    public void look() {
        BrokerProcess running = process;
        if (running == null) {
            return;
        }
        if (!running.isAlive()) {
            Throwable cause = running.cause();
            if (cause != null && !excused) {
                trace.violation("B19: the broker ended with " + cause + " at " + firstFrames(cause));
            }
            end("ends by itself");
            disk = random.nextBoolean() ? disk.kill() : disk.crash(new Random(random.nextLong()), loss());
            excused = false;
            startSoon();
        } else if (!running.isWritable()) {
            if (!excused && schedule.nowUs() > fullUntilUs) {
                trace.violation("B18: the broker takes no more writes, though its disk did nothing wrong");
            }
            if (random.nextInt(4) == 0) {
                kill();
            }
        }
    }

    private void end(String how) {
        BrokerProcess running = process;
        if (running != null) {
            running.die();
        }
        process = null;
        probe.onEnd();
        trace.note("the broker " + how + " at step " + disk.steps());
        count(how);
        count("crashes");
    }

    /** SIGKILL: what the process had is gone, the page cache stays. */
    public void kill() {
        if (process != null) {
            end("is killed");
            disk = disk.kill();
            excused = false;
            startSoon();
        }
    }

    /** The power fails: what was not synced is lost in part or whole. */
    public void cutPower() {
        if (process != null) {
            end("loses power");
            disk = disk.crash(new Random(random.nextLong()), loss());
            excused = false;
            startSoon();
        }
    }

    /** The power fails, or the process is killed, in the middle of one of the next calls to the disk. */
    public void cutPowerWithin(int steps) {
        count("planned cuts");
        disk.cutPowerAtStep(disk.steps() + 1 + random.nextInt(steps));
    }

    /** Stops the broker in order. */
    public void stopCleanly() {
        BrokerProcess running = process;
        if (running == null) {
            return;
        }
        try {
            running.stop();
            count("clean stops");
            trace.note("stopped in order");
        } catch (IOException | RuntimeException e) {
            trace.note("the stop failed: " + e);
            if (!excused && running.isAlive() && !(e instanceof DiskFullException)) {
                trace.violation("B19: the broker does not stop in order: " + e + " at " + firstFrames(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        running.die();
        process = null;
        probe.onEnd();
        disk = disk.kill();
        excused = false;
        startSoon();
    }

    /** Nothing of the broker goes on running, and none starts. */
    public void end() {
        starting = true;
        if (process != null) {
            process.die();
            process = null;
        }
    }

    // Faults that a life goes through

    /** The disk has no more room than this, for a while. */
    public void fillDisk(long leftBytes, long durationUs) {
        SimulatedDisk filled = disk;
        try {
            disk.limitCapacity(1L << 40);
            long used = (1L << 40) - disk.usableBytes(DIR);
            disk.limitCapacity(used + leftBytes);
        } catch (IOException e) {
            trace.note("cannot fill the disk: " + e);
            return;
        }
        count("full disks");
        fullUntilUs = Math.max(fullUntilUs, schedule.nowUs() + durationUs + ROOM_NOTICED_US);
        trace.note("the disk has " + leftBytes + " bytes left");
        schedule.after(durationUs, () -> filled.limitCapacity(Long.MAX_VALUE));
    }

    /** Some calls fail with an input/output error from now until this life of the broker ends. */
    public void failDisk(int oneIn) {
        excused = true;
        count("failing disks");
        trace.note("one in " + oneIn + " calls to the disk fails");
        SplittableRandom luck = random.split();
        boolean reads = luck.nextBoolean();
        disk.failWhen((operation, path, step) -> {
            boolean read = operation == SimulatedDisk.Operation.READ;
            boolean fails = (reads || !read) && luck.nextInt(oneIn) == 0;
            if (fails && read) {
                count("failing reads");
            }
            return fails;
        });
    }

    /** One sync fails, and then all is well again: the disk has dropped what it was to write. */
    public void failOneSync() {
        excused = true;
        count("failing syncs");
        boolean[] failed = {false};
        disk.failWhen((operation, path, step) -> {
            boolean fails = !failed[0] && operation == SimulatedDisk.Operation.SYNC;
            if (fails) {
                failed[0] = true;
                trace.note("the sync of " + path + " fails");
            }
            return fails;
        });
    }

    /** The disk is slower by a factor for a while. */
    public void slowDisk(long factor, long durationUs) {
        BrokerProcess running = process;
        if (running != null) {
            count("slow disks");
            running.slowDown(factor);
            schedule.after(durationUs, () -> running.slowDown(1));
        }
    }

    /** The wall clock is set ahead of the true time by so much or, with a negative number, behind it. */
    public void setClock(long wrongByMs) {
        count("clock jumps");
        trace.note("the clock is wrong by " + wrongByMs + " ms");
        clock.set(wrongByMs);
    }

    /** One bit changes in a file, while the broker is down. */
    public void flipBit() {
        if (process != null) {
            return;
        }
        try {
            flips.flipOne(disk, DIR);
        } catch (IOException e) {
            trace.note("no bit can be flipped: " + e);
        }
    }

    /** All faults end. */
    public void heal() {
        disk.failNever();
        disk.limitCapacity(Long.MAX_VALUE);
        disk.cutPowerAtStep(Long.MAX_VALUE);
        if (process != null) {
            process.slowDown(1);
        }
    }

    /** Whether the broker still takes writes, as an operator sees it. */
    public boolean isWritable() {
        return process != null && process.isAlive() && process.isWritable();
    }
}
