package io.headrace.simulation;

import io.headrace.core.config.BrokerConfig;
import io.headrace.simulation.broker.BrokerMachine;
import io.headrace.simulation.broker.Tampering;
import io.headrace.simulation.client.Copier;
import io.headrace.simulation.client.GroupReader;
import io.headrace.simulation.client.KeyedReader;
import io.headrace.simulation.client.OffsetStorer;
import io.headrace.simulation.client.OffsetWatcher;
import io.headrace.simulation.client.Producer;
import io.headrace.simulation.client.Reader;
import io.headrace.simulation.client.Setup;
import io.headrace.simulation.client.Topics;
import io.headrace.simulation.client.TransactionalProducer;
import io.headrace.simulation.client.World;
import io.headrace.simulation.history.AnomalyKind;
import io.headrace.simulation.history.Findings;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.Trace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One run: a broker, clients and faults for a while, then quiet, in which everything must come to its end; then all that is
 * stored is read, the broker stopped and started once more and read again, and what clients saw is judged.
 */
public final class Simulation {
    private static final List<String> TOPICS = List.of("durable", "plain", "loose");
    /** Only transactions write to these, so only readers of committed records may read them. */
    private static final List<String> TRANSACTIONAL_TOPICS = List.of("ledger", Topics.COPIES);

    /**
     * By how much clocks are set wrong: as by a slip, by a time zone, and by two days. Two such jumps are still less than the week
     * for which offsets and transactional ids live.
     */
    private static final long[] CLOCK_WRONG_MS = {1_000, 3_600_000, 2 * 86_400_000L};

    private static final long LOOK_US = 10_000;
    private static final long CALM_US = 60_000_000;
    private static final short ACKS_ALL = -1;

    private final SimulationOptions options;
    private final SplittableRandom random;
    private final Schedule schedule = new Schedule();
    private final Trace trace = new Trace(schedule);
    private final BrokerMachine machine;
    private final World world;
    private final Setup setup;
    private final List<Producer> producers = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<GroupReader> members = new ArrayList<>();
    private final List<TransactionalProducer> transactional = new ArrayList<>();
    private final List<Copier> copiers = new ArrayList<>();
    private final List<KeyedReader> keyedReaders = new ArrayList<>();
    private final List<OffsetWatcher> watchers = new ArrayList<>();
    private final List<OffsetStorer> storers = new ArrayList<>();
    private final Predicate<String> enough;
    private boolean faulty;

    private Simulation(
            SimulationOptions options, Tampering tampering, Consumer<String> historyLines, Predicate<String> enough)
            throws IOException {
        this.options = options;
        this.enough = enough;
        this.random = new SplittableRandom(options.seed());
        this.machine = new BrokerMachine(
                schedule,
                trace,
                random.split(),
                tampering,
                config(options, tampering),
                options.logs().store(),
                options.linkDelayUsMax());
        this.world =
                new World(schedule, trace, machine, options.logs().cleaning().keepsTombstones(), historyLines);
        Map<String, Integer> topics = new LinkedHashMap<>();
        topics.put("durable", 3);
        topics.put("plain", 2);
        topics.put("loose", 2);
        topics.put("ledger", 3);
        topics.put(Topics.COPIES, 2);
        topics.put(Topics.KEYED, 2);
        // Made here for the sake of small segments.
        topics.put("__consumer_offsets", 2);
        topics.put("__transaction_state", 2);
        Map<String, String> configs = new LinkedHashMap<>();
        configs.put("internal.segment.bytes", String.valueOf(options.logs().segmentBytes()));
        configs.put("index.interval.bytes", "256");
        configs.put("retention.ms", "-1");
        // The clock jumps, and the time of records does not.
        configs.put("message.timestamp.after.max.ms", String.valueOf(Long.MAX_VALUE));
        this.setup = new Setup(
                world,
                random.split(),
                topics,
                configs,
                keyedConfigs(options.logs().cleaning()));
    }

    private static Map<String, String> keyedConfigs(SimulationOptions.Cleaning cleaning) {
        Map<String, String> configs = new LinkedHashMap<>();
        configs.put("cleanup.policy", "compact");
        configs.put("internal.segment.bytes", String.valueOf(cleaning.segmentBytes()));
        configs.put("delete.retention.ms", String.valueOf(cleaning.deleteRetentionMs()));
        return configs;
    }

    /** Runs a seed. */
    public static SimulationResult run(long seed) {
        return run(SimulationOptions.of(seed), Tampering.NONE, line -> {});
    }

    /**
     * Runs a simulation.
     *
     * @param tampering how the broker is broken; {@link Tampering#NONE} for not at all
     * @param historyLines gets the history
     */
    public static SimulationResult run(SimulationOptions options, Tampering tampering, Consumer<String> historyLines) {
        return run(options, tampering, historyLines, problem -> false);
    }

    /**
     * Runs a simulation until something is found.
     *
     * @param enough whether a problem that was seen on the way is all that one wants to know, so that the run may end
     */
    static SimulationResult run(
            SimulationOptions options, Tampering tampering, Consumer<String> historyLines, Predicate<String> enough) {
        FutureTask<SimulationResult> run =
                new FutureTask<>(() -> new Simulation(options, tampering, historyLines, enough).run());
        // In a thread of its own: what a broker keeps for each thread that serves requests is gone with it.
        new Thread(run, "simulation-" + options.seed()).start();
        try {
            return run.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The simulation of seed " + options.seed() + " broke", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Nobody waits for seed " + options.seed() + " any more", e);
        }
    }

    private static BrokerConfig config(SimulationOptions options, Tampering tampering) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("node.id", "1");
        values.put("log.dirs", "/data");
        values.put("listeners", "PLAINTEXT://localhost:9092");
        values.put("offsets.topic.num.partitions", "2");
        values.put("offsets.topic.replication.factor", "1");
        values.put("transaction.state.log.num.partitions", "2");
        values.put("transaction.state.log.replication.factor", "1");
        values.put("transaction.state.log.min.isr", "1");
        values.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
        values.put("group.initial.rebalance.delay.ms", "0");
        values.put("group.min.session.timeout.ms", "500");
        SimulationOptions.Cleaning cleaning = options.logs().cleaning();
        values.put("log.cleaner.min.cleanable.ratio", String.valueOf(cleaning.dirtyRatio()));
        values.put("log.cleaner.io.max.bytes.per.second", String.valueOf(cleaning.bytesPerSecondMax()));
        values.put("log.cleaner.dedupe.buffer.size", String.valueOf(cleaning.keyMapBytes()));
        values.put("log.cleaner.io.buffer.size", "4096");
        values.putAll(tampering.config());
        return BrokerConfig.of(values);
    }

    private SimulationResult run() {
        machine.start();
        lookAfterMachine();
        setup.start();
        if (await("topics", setup::isReady)) {
            makeClients();
            faulty = true;
            planCrash();
            planFault();
            planClientFault();
            long endUs = schedule.nowUs() + options.durationMs() * 1000;
            while (schedule.nowUs() < endUs && !hasFoundEnough()) {
                schedule.runFor(Math.min(LOOK_US, endUs - schedule.nowUs()));
            }
            faulty = false;
            calmDown();
        }
        SimulationResult result = result();
        machine.end();
        return result;
    }

    private boolean hasFoundEnough() {
        return trace.violations().stream().anyMatch(enough);
    }

    private void makeClients() {
        SimulationOptions.Clients clients = options.clients();
        for (int i = 0; i < clients.producers(); i++) {
            producers.add(producer("idempotent-" + i, "durable", true, ACKS_ALL));
        }
        for (int i = 0; i < (clients.producers() + 1) / 2; i++) {
            producers.add(producer("plain-" + i, "plain", false, ACKS_ALL));
            producers.add(producer("loose-" + i, "loose", false, (short) random.nextInt(2)));
        }
        for (int i = 0; i < clients.readers(); i++) {
            readers.add(reader("reader-" + i, i == 0));
        }
        producers.add(producer("keyed", Topics.KEYED, true, ACKS_ALL));
        keyedReaders.add(new KeyedReader(world, random.split(), "keyed-reader", false));
        for (int i = 0; i < clients.members(); i++) {
            members.add(new GroupReader(world, random.split(), "member-" + i, "group", List.of("durable", "plain")));
        }
        makeTransactional();
        if (clients.watched()) {
            Map<String, List<String>> groups = new LinkedHashMap<>();
            groups.put("group", List.of("durable", "plain"));
            groups.put("copiers", List.of("ledger"));
            groups.put("stored", List.of("plain"));
            storers.add(new OffsetStorer(world, random.split(), "storer", "stored", List.of("plain")));
            watchers.add(new OffsetWatcher(world, random.split(), "watcher", groups));
        }
        producers.forEach(Producer::start);
        transactional.forEach(TransactionalProducer::start);
        copiers.forEach(Copier::start);
        keyedReaders.forEach(KeyedReader::start);
        readers.forEach(Reader::start);
        members.forEach(GroupReader::start);
        watchers.forEach(OffsetWatcher::start);
        storers.forEach(OffsetStorer::start);
    }

    private Producer producer(String name, String topic, boolean idempotent, short acks) {
        // The compacted topic gets the fewest: its readers read it from the beginning again and again.
        long pauseUs = topic.equals(Topics.KEYED) ? 60_000 : random.nextLong(4_000, 60_000);
        return new Producer(world, random.split(), name, topic, idempotent, acks, pauseUs);
    }

    private void makeTransactional() {
        SimulationOptions.Transactions load = options.clients().transactions();
        int clients = load.producers() + load.rivals();
        for (int i = 0; i < clients; i++) {
            transactional.add(new TransactionalProducer(
                    world,
                    random.split(),
                    "transactional-" + i,
                    "ledger-" + i % load.producers(),
                    List.of("ledger", Topics.KEYED),
                    options.clients().watched() ? List.of("ledger") : List.of(),
                    load.timeoutMs(),
                    load.old() > 0 && i % load.old() == 0,
                    random.nextLong(4_000, 60_000)));
        }
        for (int i = 0; i < load.copiers(); i++) {
            boolean isOld = load.old() > 0 && i % load.old() == 0;
            copiers.add(new Copier(
                    world, random.split(), "copier-" + i, "copiers", "ledger", Topics.COPIES, load.timeoutMs(), isOld));
        }
    }

    private Reader reader(String name, boolean committedOnly) {
        boolean committed = committedOnly || random.nextBoolean();
        List<String> topics = new ArrayList<>(TOPICS);
        if (committed) {
            topics.addAll(TRANSACTIONAL_TOPICS);
        }
        return new Reader(world, random.split(), name, topics, random.nextBoolean(), committed);
    }

    private void lookAfterMachine() {
        schedule.after(LOOK_US, () -> {
            machine.look();
            lookAfterMachine();
        });
    }

    // Faults

    private void planCrash() {
        schedule.after(aboutUs(options.faults().crashEveryMs()), () -> {
            if (faulty) {
                crash();
                planCrash();
            }
        });
    }

    private long aboutUs(long ms) {
        return random.nextLong(ms * 200, ms * 1800);
    }

    private void crash() {
        SimulationOptions.Faults faults = options.faults();
        int choice = random.nextInt(10);
        if (choice < 3 || !faults.powerCuts()) {
            machine.kill();
        } else if (choice < 5) {
            machine.cutPower();
        } else {
            machine.cutPowerWithin(random.nextInt(1, 60));
        }
        if (faults.bitFlips() && random.nextBoolean()) {
            machine.flipBit();
        }
        if (!faults.powerCuts() && random.nextInt(5) == 0) {
            machine.cutPowerWithin(random.nextInt(1, 60));
        }
    }

    private void planFault() {
        schedule.after(aboutUs(options.faults().otherEveryMs()), () -> {
            if (faulty) {
                fault();
                planFault();
            }
        });
    }

    private void fault() {
        SimulationOptions.Faults faults = options.faults();
        switch (random.nextInt(6)) {
            case 0 -> {
                if (faults.diskErrors()) {
                    machine.failDisk(random.nextInt(1, 200));
                }
            }
            case 1 -> {
                if (faults.diskErrors()) {
                    machine.failOneSync();
                }
            }
            case 2 -> {
                if (faults.diskFull()) {
                    machine.fillDisk(random.nextLong(10_000), random.nextLong(50_000, 1_000_000));
                }
            }
            case 3 -> machine.slowDisk(random.nextLong(2, 200), random.nextLong(100_000, 1_000_000));
            case 4 -> {
                if (faults.clockJumps()) {
                    long wrongMs = CLOCK_WRONG_MS[random.nextInt(CLOCK_WRONG_MS.length)];
                    machine.setClock(random.nextLong(-wrongMs, wrongMs));
                }
            }
            default -> {
                if (faults.cleanStops()) {
                    machine.stopCleanly();
                }
            }
        }
    }

    private void planClientFault() {
        schedule.after(random.nextLong(100_000, 1_500_000), () -> {
            if (faulty) {
                clientFault();
                planClientFault();
            }
        });
    }

    private void clientFault() {
        switch (random.nextInt(12)) {
            case 0, 1 -> any(producers).breakLink();
            case 2 -> any(producers).restart();
            case 3 -> any(readers).restart();
            case 4 -> any(members).breakLink();
            case 5 -> any(members).pause(random.nextLong(100_000, 5_000_000));
            case 6 -> any(transactional).breakLink();
            case 7 -> any(transactional).restart();
            case 8 -> any(copiers).breakLink();
            case 9 -> any(copiers).pause(random.nextLong(100_000, 5_000_000));
            case 10 -> any(copiers).restart();
            default -> any(members).restart();
        }
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    // The end

    private void calmDown() {
        machine.heal();
        trace.note("calm");
        producers.forEach(Producer::drain);
        transactional.forEach(TransactionalProducer::drain);
        boolean ended = await("producers", () -> producers.stream().allMatch(Producer::isDone));
        ended = ended && await("transactions", () -> transactional.stream().allMatch(TransactionalProducer::isDone));
        ended = ended && await("copiers", this::isAllCopied);
        copiers.forEach(Copier::end);
        ended = ended && await("readers", () -> readers.stream().allMatch(Reader::isAtEnd));
        ended = ended && await("members", () -> members.stream().allMatch(GroupReader::isAtEnd));
        readers.forEach(Reader::end);
        members.forEach(GroupReader::end);
        transactional.forEach(TransactionalProducer::end);
        keyedReaders.forEach(KeyedReader::end);
        watchers.forEach(OffsetWatcher::end);
        storers.forEach(OffsetStorer::end);
        if (ended && readAll("last")) {
            machine.stopCleanly();
            readAll("after-stop");
            machine.cutPower();
            readAll("after-cut");
        }
    }

    /** While a rebalance is under way there are partitions that nobody has, and whose records nobody misses. */
    private boolean isAllCopied() {
        int given = copiers.stream().mapToInt(Copier::partitionCount).sum();
        return given == world.topics().of("ledger").size() && copiers.stream().allMatch(Copier::isAtEnd);
    }

    private boolean readAll(String name) {
        Reader last = reader(name, true);
        last.start();
        KeyedReader lastKeyed = new KeyedReader(world, random.split(), name + "-keyed", true);
        lastKeyed.start();
        boolean read = await(name + " reader", () -> last.isAtEnd() && lastKeyed.isDone());
        lastKeyed.end();
        last.end();
        if (read) {
            last.checkCopies("ledger", Topics.COPIES);
        }
        return read;
    }

    private boolean await(String what, BooleanSupplier done) {
        long endUs = schedule.nowUs() + CALM_US;
        while (!done.getAsBoolean()) {
            if (schedule.nowUs() > endUs) {
                trace.violation("B18: " + what + " did not come to their end within " + CALM_US / 1_000_000
                        + " s; the broker is " + (machine.isWritable() ? "up" : "not writable") + "; " + producers
                        + "; " + transactional + "; " + copiers);
                return false;
            }
            if (trace.violations().size() > 20 || hasFoundEnough()) {
                return false;
            }
            schedule.runFor(LOOK_US);
        }
        return true;
    }

    private SimulationResult result() {
        producers.forEach(Producer::end);
        transactional.forEach(TransactionalProducer::end);
        copiers.forEach(Copier::end);
        List<String> problems = new ArrayList<>(trace.violations());
        Findings findings = world.history().check();
        findings.counts().forEach((kind, count) -> {
            if (!AnomalyKind.allowedByKafka().contains(kind)) {
                problems.add(kind + " " + count + " times");
            }
        });
        findings.forbidden().forEach(anomaly -> problems.add(anomaly.toString()));
        TreeMap<String, Integer> counts = new TreeMap<>(machine.counts());
        counts.putAll(world.counts());
        counts.put("passes over the compacted topic", (int) world.keyed().passes());
        return new SimulationResult(
                options.seed(),
                problems,
                trace.hash(),
                schedule.nowMs(),
                schedule.eventCount(),
                world.topics().acknowledgedCount(),
                counts,
                findings.measures(),
                trace.lastLines());
    }
}
