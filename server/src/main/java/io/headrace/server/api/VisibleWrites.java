package io.headrace.server.api;

import io.headrace.storage.PartitionReplica;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A look at a partition that waits until readers see what was answered before it was asked for. With {@code acks=1} a producer
 * has its answer while the records are on their way to the disk, and whoever then asks for the end of the partition counts on
 * them, as they may in Kafka.
 */
final class VisibleWrites implements PartitionReplica.Waiter {
    /** A disk that takes longer shows what it has. */
    private static final long WAIT_MS_MAX = 1_000;

    private final RequestContext context;
    private final PartitionReplica replica;
    private final Runnable look;
    private final AtomicBoolean taken = new AtomicBoolean();

    private VisibleWrites(RequestContext context, PartitionReplica replica, Runnable look) {
        this.context = context;
        this.replica = replica;
        this.look = look;
    }

    /** Takes the look: at once on this thread if there is nothing to wait for. */
    static void await(RequestContext context, PartitionReplica replica, Runnable look) {
        if (replica.isAnsweredAhead()) {
            new VisibleWrites(context, replica, look).await();
        } else {
            look.run();
        }
    }

    private void await() {
        replica.addWaiter(this);
        if (replica.isAnsweredAhead()) {
            context.schedule(this::take, WAIT_MS_MAX);
        } else {
            take();
        }
    }

    /** What was answered before is visible now, whatever has been answered since. */
    @Override
    public void onProgress() {
        context.executeQuietly(this::take);
    }

    private void take() {
        if (taken.compareAndSet(false, true)) {
            replica.removeWaiter(this);
            look.run();
        }
    }
}
