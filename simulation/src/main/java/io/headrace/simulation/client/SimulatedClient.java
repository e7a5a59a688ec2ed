package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireReader;
import io.headrace.simulation.broker.Link;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client with one link to the broker, which it makes anew when it breaks. */
abstract class SimulatedClient implements Link.Client {
    private static final long TIMEOUT_MS = 30_000;

    private record Pending(ApiKey key, short version, Consumer<ApiMessage> whenAnswered) {}

    final World world;
    final SplittableRandom random;
    final String name;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private @Nullable Link link;
    private boolean connecting;
    private boolean stopped;
    private long links;

    SimulatedClient(World world, SplittableRandom random, String name) {
        this.world = world;
        this.random = random;
        this.name = name;
    }

    /** The link is there and nothing was sent yet. */
    abstract void onConnected();

    /** The link broke; what was sent and not answered has an unknown end. The client connects again by itself. */
    abstract void onDisconnected();

    /** Begins: connects, again and again. */
    public final void start() {
        if (!connecting && link == null && !stopped) {
            connecting = true;
            connectAfter(random.nextLong(100, 20_000));
        }
    }

    private void connectAfter(long delayUs) {
        world.schedule.after(delayUs, () -> {
            if (stopped || link != null) {
                connecting = false;
                return;
            }
            link = world.machine.connect(this, name + "/" + ++links);
            if (link == null) {
                connectAfter(random.nextLong(10_000, 150_000));
            } else {
                connecting = false;
                onConnected();
            }
        });
    }

    /** Ends for good. */
    final void stop() {
        stopped = true;
        Link open = link;
        if (open != null) {
            link = null;
            pending.clear();
            open.close();
        }
    }

    final boolean isStopped() {
        return stopped;
    }

    final boolean isConnected() {
        return link != null;
    }

    final int pendingCount() {
        return pending.size();
    }

    /** Sends a request in its newest version; only while connected. */
    final <T extends ApiMessage> void call(ApiKey key, ApiMessage request, Class<T> type, Consumer<T> whenAnswered) {
        call(key, key.highestVersion(), request, type, whenAnswered);
    }

    /** Sends a request in a version; only while connected. */
    final <T extends ApiMessage> void call(
            ApiKey key, short version, ApiMessage request, Class<T> type, Consumer<T> whenAnswered) {
        Link open = link;
        if (open == null) {
            throw new IllegalStateException(name + " is not connected");
        }
        Pending sent = new Pending(key, version, answer -> whenAnswered.accept(type.cast(answer)));
        pending.add(sent);
        open.send(key, sent.version, request);
        world.schedule.after(TIMEOUT_MS * 1000, () -> {
            if (pending.contains(sent)) {
                world.trace.violation("B18: " + name + " got no answer to " + key + " for " + TIMEOUT_MS + " ms");
                disconnect();
            }
        });
    }

    /** Sends a request that has no answer. */
    final void tell(ApiKey key, ApiMessage request) {
        Link open = link;
        if (open != null) {
            open.send(key, key.highestVersion(), request);
        }
    }

    @Override
    public final void onAnswer(byte[] answer) {
        Pending first = pending.remove();
        first.whenAnswered.accept(first.key.readResponse(new WireReader(ByteBuffer.wrap(answer)), first.version));
    }

    @Override
    public final void onBroken() {
        if (link != null) {
            forgetLink();
        }
    }

    /** Breaks the link from this end: what was sent may still arrive. */
    final void disconnect() {
        Link open = link;
        if (open != null) {
            open.close();
            forgetLink();
        }
    }

    private void forgetLink() {
        link = null;
        pending.clear();
        world.count("links broken");
        onDisconnected();
        start();
    }

    /** Runs a task later unless the link has changed by then. */
    final void later(long delayUs, Runnable task) {
        Link current = link;
        world.schedule.after(delayUs, () -> {
            if (current != null && current == link) {
                task.run();
            }
        });
    }

    final ErrorCode error(short code) {
        return ErrorCode.forCode(code);
    }
}
