package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Sends to several partitions in transactions, most of which it commits. One that is fenced begins again some time later, and
 * thereby fences whoever fenced it.
 *
 * <p>It may also poll, between its sends in the same transaction, what was committed to the partitions that it sends to. What it
 * polled in a transaction that came to nothing it polls once more.
 */
public final class TransactionalProducer extends TransactionalClient {
    private final List<String> topics;
    private final List<String> polledTopics;
    private final long pauseUs;
    private final FetchLoop fetches;
    private final List<Step> polled = new ArrayList<>();
    private Map<Partition, Long> positionsBefore = Map.of();
    private boolean draining;
    private boolean done;
    private int stepsLeft;

    /**
     * @param transactionalId may be that of another producer, too
     * @param polledTopics what it polls between its sends; none for one that only sends
     * @param timeoutMs how long the coordinator waits for the end of a transaction
     * @param isOld whether it speaks as clients did before transactions version 2
     * @param pauseUs how long it waits between two requests, about
     */
    public TransactionalProducer(
            World world,
            SplittableRandom random,
            String name,
            String transactionalId,
            List<String> topics,
            List<String> polledTopics,
            int timeoutMs,
            boolean isOld,
            long pauseUs) {
        super(world, random, name, transactionalId, timeoutMs, isOld);
        this.topics = topics;
        this.polledTopics = polledTopics;
        this.pauseUs = pauseUs;
        this.fetches = new FetchLoop(this, true, true, this::onFetched);
    }

    private long aboutUs() {
        return random.nextLong(pauseUs / 2, pauseUs * 3 / 2);
    }

    @Override
    void onConnected() {
        fetches.endSession();
        super.onConnected();
    }

    @Override
    void begin() {
        nextIs(this::goOn);
        session.init(end -> goOn());
    }

    private void goOn() {
        if (draining) {
            done = true;
            nextIs(() -> {});
        } else {
            goOnAfter(aboutUs(), this::beginTransaction);
        }
    }

    private void beginTransaction() {
        if (draining) {
            goOn();
            return;
        }
        open(world.schedule.nowMs());
        polled.clear();
        positionsBefore = new LinkedHashMap<>(fetches.positions());
        stepsLeft = random.nextInt(1, 4);
        sendSome();
    }

    /** A transaction begins with a send, so that there is one. */
    private void goOnWithin() {
        if (!polledTopics.isEmpty() && random.nextBoolean()) {
            stepsLeft--;
            poll();
        } else {
            sendSome();
        }
    }

    private void poll() {
        if (fetches.positions().isEmpty()) {
            Map<Partition, Long> ends = new LinkedHashMap<>();
            world.topics.of(polledTopics).forEach(each -> ends.put(each, world.topics.acknowledged(each)));
            fetches.assign(ends);
        }
        nextIs(this::poll);
        fetches.fetch();
    }

    private void onFetched(long fetchedMs, List<Polled> records) {
        world.count("polls between sends");
        records.forEach(record -> polled.add(record.step()));
        onStepDone();
    }

    private void sendSome() {
        stepsLeft--;
        List<TransactionalBatch> batches = new ArrayList<>();
        int count = random.nextInt(1, 4);
        List<Partition> partitions = world.topics.of(topics);
        for (int i = 0; i < count; i++) {
            Partition partition = partitions.get(random.nextInt(partitions.size()));
            List<Long> values = new ArrayList<>();
            for (int left = random.nextInt(1, 4); left > 0; left--) {
                values.add(world.topics.nextValue(partition));
            }
            batches.add(new TransactionalBatch(partition, values, session.nextSequence(partition, values.size())));
        }
        send(batches);
    }

    @Override
    void onSent() {
        onStepDone();
    }

    private void onStepDone() {
        // Now and then it thinks longer than its coordinator waits.
        long durationUs = random.nextInt(25) == 0 ? random.nextLong(2_000_000) : aboutUs();
        boolean commit = random.nextInt(6) > 0;
        goOnAfter(durationUs, stepsLeft > 0 && !draining ? this::goOnWithin : () -> finish(commit));
    }

    @Override
    List<Step> steps(List<Step> sends) {
        List<Step> steps = new ArrayList<>(polled);
        steps.addAll(sends);
        return steps;
    }

    @Override
    void onFinished(boolean commit) {
        world.count(commit ? "transactions committed" : "transactions aborted");
        if (!commit) {
            fetches.assign(positionsBefore);
        }
        goOn();
    }

    @Override
    void onLost() {
        world.count("transactions lost to " + session.lastError());
        goOnAfter(random.nextLong(50_000, 1_000_000), this::begin);
    }

    @Override
    void onGivenUp() {
        // As another process it polls what comes from now on.
        fetches.assign(Map.of());
    }

    /** The client crashes in the middle of whatever it does, and begins anew. */
    public void restart() {
        if (!done) {
            crash();
        }
    }

    /** Begins no transaction any more. */
    public void drain() {
        draining = true;
    }

    /** Whether its last transaction is over. */
    public boolean isDone() {
        return done;
    }
}
