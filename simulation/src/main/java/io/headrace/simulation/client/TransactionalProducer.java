package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.client.TransactionSession.End;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sends to several partitions in transactions, most of which it commits. One that is fenced begins again some time later, and
 * thereby fences whoever fenced it.
 */
public final class TransactionalProducer extends SimulatedClient {
    private final List<String> topics;
    private final long pauseUs;
    private final TransactionSession session;
    private final List<TransactionalBatch> sent = new ArrayList<>();
    private Runnable next = this::begin;
    private boolean open;
    private boolean draining;
    private boolean done;
    private int process;
    private int sendsLeft;
    private long startMs;

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
        super(world, random, name);
        this.topics = topics;
        this.pauseUs = pauseUs;
        this.session = new TransactionSession(this, transactionalId, timeoutMs, isOld);
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        if (!session.onConnected()) {
            next.run();
        }
    }

    @Override
    void onDisconnected() {
        session.onDisconnected();
    }

    private void pause(long durationUs, Runnable then) {
        next = then;
        later(durationUs, then);
    }

    private long aboutUs() {
        return random.nextLong(pauseUs / 2, pauseUs * 3 / 2);
    }

    private void begin() {
        next = this::goOn;
        session.init(end -> goOn());
    }

    private void goOn() {
        if (draining) {
            done = true;
            next = () -> {};
        } else {
            pause(aboutUs(), this::beginTransaction);
        }
    }

    private void beginTransaction() {
        if (draining) {
            goOn();
            return;
        }
        open = true;
        sent.clear();
        startMs = world.schedule.nowMs();
        sendsLeft = random.nextInt(1, 4);
        send();
    }

    private void send() {
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
        sent.addAll(batches);
        session.send(batches, this::onSent);
    }

    private void onSent(End end) {
        switch (end) {
            case DONE -> {
                // Now and then it thinks longer than its coordinator waits.
                long durationUs = random.nextInt(25) == 0 ? random.nextLong(2_000_000) : aboutUs();
                boolean commit = random.nextInt(6) > 0;
                pause(durationUs, sendsLeft > 0 && !draining ? this::send : () -> finish(commit));
            }
            case REFUSED -> finish(false);
            case FENCED -> lost();
        }
    }

    private void finish(boolean commit) {
        next = this::goOn;
        session.end(commit, end -> {
            if (end == End.DONE) {
                world.count(commit ? "transactions committed" : "transactions aborted");
                record(commit ? Outcome.OK : Outcome.FAIL);
                goOn();
            } else {
                lost();
            }
        });
    }

    /** The transaction is over, and only if a commit was asked for it may be committed. */
    private void lost() {
        world.count("transactions lost to " + session.lastError());
        giveUp();
        pause(random.nextLong(50_000, 1_000_000), this::begin);
    }

    private void giveUp() {
        if (open) {
            record(session.isDoubtful() ? Outcome.INFO : Outcome.FAIL);
        }
        session.forget();
        process = world.newProcess();
        next = this::begin;
    }

    private void record(Outcome outcome) {
        open = false;
        List<Step> steps = new ArrayList<>();
        sent.forEach(batch -> steps.addAll(batch.steps()));
        world.record(process, Kind.TRANSACTION, outcome, startMs, steps);
    }

    /** The client crashes in the middle of whatever it does, and begins anew. */
    public void restart() {
        if (!done) {
            giveUp();
            disconnect();
        }
    }

    /** Breaks its link in the middle of whatever it does. */
    public void breakLink() {
        disconnect();
    }

    /** Begins no transaction any more. */
    public void drain() {
        draining = true;
    }

    /** Whether its last transaction is over. */
    public boolean isDone() {
        return done;
    }

    /** Ends for good. */
    public void end() {
        giveUp();
        stop();
    }

    @Override
    public String toString() {
        return name + " of " + session + (open ? " in a transaction" : "");
    }
}
