package io.headrace.simulation.broker;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.Trace;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * A connection between one client and one life of the broker. What is sent in one direction arrives in order, some time
 * later; what is sent on different links may overtake each other. When a link breaks, what is on its way in either direction
 * arrives before that is known, or does not. The broker's end starts requests and orders answers as the real one does.
 */
public final class Link {
    /** The client's end. */
    public interface Client {
        /** An answer, to the oldest request without one. */
        void onAnswer(byte[] answer);

        /** The link is broken; what had no answer may or may not have been done. */
        void onBroken();
    }

    private final Schedule schedule;
    private final Trace trace;
    private final SplittableRandom random;
    private final BrokerProcess process;
    private final Client client;
    private final String name;
    private final long delayUsMax;
    private final Deque<ServedRequest> waiting = new ArrayDeque<>();
    private final Deque<ServedRequest> unanswered = new ArrayDeque<>();
    private int inProgress;
    private boolean onlyProduce = true;
    private boolean open = true;
    private boolean clientKnowsEnd;
    /** Whether the answers arrive that were on their way when the link broke. */
    private boolean lastAnswersArrive;

    private long lastRequestUs;
    private long lastAnswerUs;

    Link(
            Schedule schedule,
            Trace trace,
            SplittableRandom random,
            BrokerProcess process,
            Client client,
            String name,
            long delayUsMax) {
        this.schedule = schedule;
        this.trace = trace;
        this.random = random;
        this.process = process;
        this.client = client;
        this.name = name;
        this.delayUsMax = delayUsMax;
        process.opened(this);
    }

    /** Sends a request. */
    public void send(ApiKey key, short version, ApiMessage request) {
        WireWriter writer = new WireWriter();
        request.write(writer, version);
        byte[] bytes = writer.toByteArray();
        lastRequestUs = Math.max(lastRequestUs, schedule.nowUs() + delay());
        schedule.after(lastRequestUs - schedule.nowUs(), () -> arrive(key, version, bytes));
    }

    private long delay() {
        return random.nextLong(20, delayUsMax);
    }

    private void arrive(ApiKey key, short version, byte[] bytes) {
        // A request that was sent before the link broke may still arrive, and be carried out.
        if (!process.isAlive() || (!open && random.nextBoolean())) {
            return;
        }
        trace.bytes(name + " asks " + key.apiName(), bytes);
        ApiMessage body = key.readRequest(new WireReader(ByteBuffer.wrap(bytes)), version);
        ServedRequest request = new ServedRequest(this, process, key, version, body);
        waiting.add(request);
        startNext();
    }

    private void startNext() {
        while (!waiting.isEmpty() && process.isAlive()) {
            boolean produce = waiting.element().apiKey() == ApiKey.PRODUCE;
            if (inProgress > 0 && !(onlyProduce && produce)) {
                return;
            }
            ServedRequest next = waiting.remove();
            inProgress++;
            onlyProduce &= produce;
            unanswered.add(next);
            process.serve(next);
        }
    }

    /** A request has its answer, or needs none: what is first in order goes out. */
    void onDecided() {
        inProgress--;
        if (inProgress == 0) {
            onlyProduce = true;
        }
        while (!unanswered.isEmpty() && unanswered.element().isDecided()) {
            ServedRequest decided = unanswered.remove();
            byte[] answer = decided.answer();
            if (answer != null) {
                sendAnswer(decided.apiKey(), answer);
            }
        }
        schedule.after(0, this::startNext);
    }

    private void sendAnswer(ApiKey key, byte[] answer) {
        if (!open || !process.isAlive()) {
            return;
        }
        trace.bytes(name + " answered " + key.apiName(), answer);
        lastAnswerUs = Math.max(lastAnswerUs, schedule.nowUs() + delay());
        schedule.after(lastAnswerUs - schedule.nowUs(), () -> {
            if ((open || lastAnswersArrive) && !clientKnowsEnd) {
                client.onAnswer(answer);
            }
        });
    }

    /** Ends the link from either end or in between. The client learns of it a little later, unless it did it itself. */
    void breakNow() {
        if (open) {
            open = false;
            lastAnswersArrive = random.nextBoolean();
            process.closed(this);
            long delayUs = delay();
            long newsUs = lastAnswersArrive ? Math.max(lastAnswerUs - schedule.nowUs(), delayUs) : delayUs;
            schedule.after(newsUs, () -> {
                if (!clientKnowsEnd) {
                    clientKnowsEnd = true;
                    client.onBroken();
                }
            });
        }
    }

    /** The client ends the link and wants to hear no more of it. */
    public void close() {
        clientKnowsEnd = true;
        breakNow();
    }

    boolean isOpen() {
        return open;
    }

    @Override
    public String toString() {
        return name;
    }
}
