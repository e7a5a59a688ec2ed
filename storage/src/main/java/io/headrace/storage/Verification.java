package io.headrace.storage;

/**
 * Asks a transaction's coordinator for a request whose batches may open the transaction in some partitions (KIP-890).
 *
 * <p>Goes with each {@link AppendTask} of the request. For each of them the log writer calls either {@link #onHeld} or
 * {@link #onNotHeld}, once, on its own thread, when it first sees the batch; both must be quick.
 */
public interface Verification {
    /** Whether the coordinator is to add partitions that it does not know of (transactions version 2). */
    boolean addsPartitions();

    /**
     * What the coordinator will be asked on behalf of a producer, and how its answer will be understood: a batch joins another's
     * verification only if the two are equal.
     */
    Object question();

    /** The batch waits for the coordinator's word; pass it on with {@link LogWriter#resume}. */
    void onHeld(HeldAppends held);

    /** The batch needs no word from the coordinator: it was decided on, or has joined others that wait for it. */
    void onNotHeld();
}
