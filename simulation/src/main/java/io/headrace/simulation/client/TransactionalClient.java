package io.headrace.simulation.client;

import io.headrace.simulation.client.TransactionSession.End;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A client with a transactional id that does one thing after the other, over as many links as that takes. Each transaction is part
 * of the history once, when it is over or given up; a client that gave one up goes on as another process.
 */
abstract class TransactionalClient extends SimulatedClient {
    final TransactionSession session;
    private final List<TransactionalBatch> sent = new ArrayList<>();
    /** What it does over a new link, if no call of the session is under way. */
    private Runnable next = this::begin;

    private boolean open;
    private int process;
    private long startMs;

    /**
     * @param transactionalId may be that of another client, too
     * @param timeoutMs how long the coordinator waits for the end of a transaction
     * @param isOld whether it speaks as clients did before transactions version 2
     */
    TransactionalClient(
            World world, SplittableRandom random, String name, String transactionalId, int timeoutMs, boolean isOld) {
        super(world, random, name);
        this.session = new TransactionSession(this, transactionalId, timeoutMs, isOld);
        this.process = world.newProcess();
    }

    /** Gets an identity and goes on from there. */
    abstract void begin();

    /** The steps of the open transaction: those that it sent, and what else it did before and after that. */
    abstract List<Step> steps(List<Step> sends);

    /** What it did is given up, and it will begin anew. */
    abstract void onGivenUp();

    @Override
    void onConnected() {
        if (!session.onConnected()) {
            next.run();
        }
    }

    @Override
    final void onDisconnected() {
        session.onDisconnected();
    }

    /** Does this from now on whenever a new link is there. */
    final void nextIs(Runnable then) {
        next = then;
    }

    /** Does this some time later, or as soon as a new link is there. */
    final void goOnAfter(long durationUs, Runnable then) {
        next = then;
        later(durationUs, then);
    }

    final int process() {
        return process;
    }

    final boolean isOpen() {
        return open;
    }

    // One transaction

    final void open(long sinceMs) {
        open = true;
        sent.clear();
        startMs = sinceMs;
    }

    /** Sends batches and tells what became of them, unless its identity was lost. */
    final void send(List<TransactionalBatch> batches) {
        sent.addAll(batches);
        session.send(batches, end -> {
            switch (end) {
                case DONE -> onSent();
                case REFUSED -> finish(false);
                case FENCED -> lost();
            }
        });
    }

    /** All that was sent is appended. */
    abstract void onSent();

    /** Ends the transaction. */
    final void finish(boolean commit) {
        session.end(commit, end -> {
            if (end == End.DONE) {
                record(commit ? Outcome.OK : Outcome.FAIL);
                onFinished(commit);
            } else {
                lost();
            }
        });
    }

    /** The transaction is over as it was to be. */
    abstract void onFinished(boolean commit);

    /** The identity is lost, and with it the transaction, which only if a commit was asked for may be committed. */
    final void lost() {
        giveUp();
        onLost();
    }

    /** It has given up and has nothing to do. */
    abstract void onLost();

    private void giveUp() {
        if (open) {
            record(session.isDoubtful() ? Outcome.INFO : Outcome.FAIL);
        }
        session.forget();
        process = world.newProcess();
        next = this::begin;
        onGivenUp();
    }

    private void record(Outcome outcome) {
        open = false;
        List<Step> sends = new ArrayList<>();
        sent.forEach(batch -> sends.addAll(batch.steps()));
        world.record(process, Kind.TRANSACTION, outcome, startMs, steps(sends));
    }

    // Faults and the end

    /** The client crashes in the middle of whatever it does, and begins anew. */
    final void crash() {
        giveUp();
        disconnect();
    }

    /** Breaks its link in the middle of whatever it does. */
    public final void breakLink() {
        disconnect();
    }

    /** Ends for good. */
    public final void end() {
        giveUp();
        stop();
    }

    @Override
    public final String toString() {
        return name + " of " + session + (open ? " in a transaction" : "");
    }
}
