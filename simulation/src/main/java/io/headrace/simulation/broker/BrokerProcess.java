package io.headrace.simulation.broker;

import io.headrace.core.config.BrokerConfig;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.server.BrokerCore;
import io.headrace.server.api.RequestHandler;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.SimulatedClock;
import io.headrace.simulation.world.Trace;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of a broker, from its start to its end: the code of the real one, where each thread is a {@link Stepper}.
 *
 * <p>When it dies, everything in it is forgotten, and what it still wanted to say is never heard.
 */
public final class BrokerProcess {
    private static final long HOUSEKEEPING_US = 1_000_000;
    private static final long COORDINATORS_LOOK_US = 100_000;

    private final Schedule schedule;
    private final Trace trace;
    private final SplittableRandom random;
    private final Tampering tampering;
    private final WatchedDisk disk;
    private final SimulatedClock clock;
    private final Probe probe;
    private final Deque<Runnable> mailbox = new ArrayDeque<>();
    private final List<Runnable> ioTasks = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();
    private final Stepper loop;
    private final Stepper io;
    private final Stepper writer;
    private final Stepper metadata;
    private final Stepper groups;
    private final Stepper transactions;
    private final SteppedCleaner cleaner;
    private @Nullable BrokerCore core;
    private boolean alive = true;
    private boolean inLoop;
    /** How much longer than usual the threads that use the disk take. */
    private long slowness = 1;

    private @Nullable Throwable cause;

    BrokerProcess(
            Schedule schedule,
            Trace trace,
            SplittableRandom random,
            Tampering tampering,
            WatchedDisk disk,
            SimulatedClock clock,
            Probe probe,
            Consumer<String> counter) {
        this.schedule = schedule;
        this.trace = trace;
        this.random = random;
        this.tampering = tampering;
        this.disk = disk;
        this.clock = clock;
        this.probe = probe;
        this.loop = stepper(this::drainMailbox, false);
        this.io = stepper(this::runIo, true);
        this.writer = stepper(() -> core().store().writer().runOnce(clock.millis()) > 0, true);
        this.metadata = stepper(() -> core().metadata().runOnce(), true);
        this.groups = stepper(() -> core().groups().runOnce(), false);
        this.transactions = stepper(() -> core().transactions().runOnce(), false);
        this.cleaner = new SteppedCleaner(schedule, trace, random, this, counter);
    }

    private Stepper stepper(Stepper.Step step, boolean usesDisk) {
        return new Stepper(schedule, () -> random.nextLong(20, 400) * (usesDisk ? slowness : 1), this, step);
    }

    /** Recovers what is on the disk; from then on the broker serves. */
    void start(BrokerConfig config, Path dir, StoreOptions options) throws IOException {
        BrokerCore opened = BrokerCore.open(
                config,
                null,
                dir,
                options,
                new BrokerCore.Environment(disk, clock, schedule::nowMs, random, this::runLater, cleaner),
                metadata::wakeUp);
        core = opened;
        opened.store().writer().onWork(writer::wakeUp);
        opened.store().writer().onCompletions(loop::wakeUp);
        opened.store().onDeletedFiles(files -> runLater(() -> opened.store().deleteFiles(files)));
        opened.groups().begin();
        opened.transactions().begin();
        wakeCoordinators();
        metadata.wakeUp();
        keepHouse();
        lookAfterCoordinators();
        cleaner.start(opened);
    }

    private void keepHouse() {
        schedule.after(HOUSEKEEPING_US, () -> {
            if (alive) {
                core().store().tick();
                core().store().applyRetention();
                keepHouse();
            }
        });
    }

    private void lookAfterCoordinators() {
        schedule.after(COORDINATORS_LOOK_US, () -> {
            if (alive) {
                wakeCoordinators();
                lookAfterCoordinators();
            }
        });
    }

    private void wakeCoordinators() {
        if (!core().groups().isIdle()) {
            groups.wakeUp();
        }
        if (!core().transactions().isIdle()) {
            transactions.wakeUp();
        }
    }

    private BrokerCore core() {
        BrokerCore opened = core;
        if (opened == null) {
            throw new IllegalStateException("The broker has not started");
        }
        return opened;
    }

    private void runLater(Runnable task) {
        ioTasks.add(task);
        io.wakeUp();
    }

    /** Two threads do what may take long, so the second task may come before the first. */
    private boolean runIo() {
        if (!ioTasks.isEmpty()) {
            ioTasks.remove(ioTasks.size() > 1 ? random.nextInt(2) : 0).run();
        }
        return !ioTasks.isEmpty();
    }

    private boolean drainMailbox() {
        inLoop = true;
        try {
            for (int left = mailbox.size(); left > 0 && alive; left--) {
                mailbox.remove().run();
            }
        } finally {
            inLoop = false;
        }
        return false;
    }

    /** Runs one step of a thread and sees whether the broker survives it; true if the thread wants to go on. */
    boolean step(Stepper.Step step) {
        if (!alive) {
            return false;
        }
        boolean more = false;
        try {
            more = step.run();
        } catch (Exception e) {
            trace.note("a thread ended with " + e);
            end(disk.isPowerless() ? null : e);
        }
        if (disk.isPowerless()) {
            end(null);
        }
        if (alive) {
            wakeCoordinators();
        }
        return more && alive;
    }

    private void end(@Nullable Exception why) {
        if (alive) {
            cause = why;
            die();
        }
    }

    /** Ends without a word: connections break, and nothing more is done. */
    void die() {
        alive = false;
        disk.cutOff();
        cleaner.die();
        for (Link link : List.copyOf(links)) {
            link.breakNow();
        }
        links.clear();
        mailbox.clear();
        ioTasks.clear();
    }

    /** Stops in order. */
    void stop() throws IOException, InterruptedException {
        cleaner.stop(() -> core().store().writer().runOnce(clock.millis()));
        core().transactions().stop();
        core().transactions().runOnce();
        core().groups().stop();
        core().groups().runOnce();
        core().store().close(clock.millis());
        core().metadata().close();
        if (!disk.isPowerless()) {
            // What was queued for answers is lost with the connections, as when a socket is closed.
            die();
        }
    }

    boolean isAlive() {
        return alive && !disk.isPowerless();
    }

    /** Whether it still takes writes, to all partitions: one whose files could not be read waits for a restart. */
    boolean isWritable() {
        for (PartitionReplica replica : core().store().replicas()) {
            if (replica.status() == PartitionReplica.Status.OFFLINE) {
                return false;
            }
        }
        return core().store().isWritable();
    }

    /** The error that ended it; null if it was ended from outside. */
    @Nullable
    Throwable cause() {
        return cause;
    }

    void slowDown(long factor) {
        slowness = factor;
    }

    // What links need

    void opened(Link link) {
        links.add(link);
    }

    void closed(Link link) {
        links.remove(link);
    }

    /** Takes a request in, on the loop. */
    void serve(ServedRequest request) {
        step(() -> {
            inLoop = true;
            try {
                probe.onRequest(request.apiKey(), request.body());
                ApiMessage altered = tampering.request(request.apiKey(), request.body());
                if (altered == null) {
                    request.respond(tampering.answer(request.apiKey(), request.body()));
                } else {
                    handler(request.apiKey()).handle(request, altered);
                }
            } finally {
                inLoop = false;
            }
            return false;
        });
    }

    @SuppressWarnings("unchecked")
    private RequestHandler<ApiMessage> handler(ApiKey key) {
        RequestHandler<?> handler = core().handlers().get(key);
        if (handler == null) {
            throw new IllegalStateException(key + " is not served");
        }
        return (RequestHandler<ApiMessage>) handler;
    }

    ApiMessage answerOf(ApiKey key, ApiMessage request, ApiMessage response) {
        ApiMessage altered = tampering.response(key, request, response);
        return altered;
    }

    Probe probe() {
        return probe;
    }

    boolean inLoop() {
        return inLoop;
    }

    void post(Runnable task) {
        mailbox.add(task);
        loop.wakeUp();
    }

    void postQuietly(Runnable task) {
        mailbox.add(task);
    }

    void runOnLoopAfter(long delayMs, Runnable task) {
        schedule.after(
                delayMs * 1000,
                () -> step(() -> {
                    inLoop = true;
                    try {
                        task.run();
                    } finally {
                        inLoop = false;
                    }
                    return false;
                }));
    }
}
