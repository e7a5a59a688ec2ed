package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sends to several partitions in transactions, most of which it commits. One that is fenced begins again some time later, and
 * thereby fences whoever fenced it.
 */
public final class TransactionalProducer extends TransactionalClient {
    private final List<String> topics;
    private final long pauseUs;
    private boolean draining;
    private boolean done;
    private int sendsLeft;

    /**
     * @param transactionalId may be that of another producer, too
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
            int timeoutMs,
            boolean isOld,
            long pauseUs) {
        super(world, random, name, transactionalId, timeoutMs, isOld);
        this.topics = topics;
        this.pauseUs = pauseUs;
    }

    private long aboutUs() {
        return random.nextLong(pauseUs / 2, pauseUs * 3 / 2);
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
        sendsLeft = random.nextInt(1, 4);
        sendSome();
    }

    private void sendSome() {
        sendsLeft--;
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
        // Now and then it thinks longer than its coordinator waits.
        long durationUs = random.nextInt(25) == 0 ? random.nextLong(2_000_000) : aboutUs();
        boolean commit = random.nextInt(6) > 0;
        goOnAfter(durationUs, sendsLeft > 0 && !draining ? this::sendSome : () -> finish(commit));
    }

    @Override
    List<Step> steps(List<Step> sends) {
        return sends;
    }

    @Override
    void onFinished(boolean commit) {
        world.count(commit ? "transactions committed" : "transactions aborted");
        goOn();
    }

    @Override
    void onLost() {
        world.count("transactions lost to " + session.lastError());
        goOnAfter(random.nextLong(50_000, 1_000_000), this::begin);
    }

    @Override
    void onGivenUp() {
        // Nothing but the transaction.
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
