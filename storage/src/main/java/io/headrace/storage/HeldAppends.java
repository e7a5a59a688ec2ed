package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.partition.VerificationGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Batches of one producer that would open a transaction in a partition, held until it is known whether the partition is part
 * of the transaction. Others of the same producer join them, so that their order stays, if the answer is one for them, too.
 *
 * <p>The log writer owns it. Others hand it to {@link LogWriter#resume}.
 */
public final class HeldAppends {
    /**
     * Whose batches.
     *
     * @param question of the batches' {@link Verification}s
     */
    record Key(long producerId, short epoch, Object question) {}

    final PartitionReplica replica;
    final Key key;
    final VerificationGuard guard;
    /** In the order of their arrival. */
    final List<AppendTask> tasks = new ArrayList<>(1);

    private final AtomicBoolean resumed = new AtomicBoolean();

    HeldAppends(PartitionReplica replica, Key key, VerificationGuard guard) {
        this.replica = replica;
        this.key = key;
        this.guard = guard;
    }

    /** Makes sure that nobody has resumed them yet. Any thread. */
    void beginResuming() {
        if (resumed.getAndSet(true)) {
            throw new IllegalStateException("What producer " + key.producerId() + " at epoch " + key.epoch()
                    + " has waiting for " + replica.id() + " was resumed before");
        }
    }

    /** Where they are to go. Any thread. */
    public TopicIdPartition partition() {
        return replica.id();
    }
}
