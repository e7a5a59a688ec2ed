package io.headrace.core.partition;

/**
 * Stands for one stretch of time in which a producer may open a transaction in a partition (KIP-890).
 *
 * <p>It is made before the transaction's coordinator is asked whether the partition belongs to the transaction, and goes
 * with the producer's next transactional record or marker here. A batch may open a transaction only while the guard that
 * it was verified under is still the partition's: so a batch that was held up cannot land behind the marker that ended its
 * transaction, and leave one that nobody will ever end.
 *
 * <p>Owned by the partition's log writer. Others pass it on and look at nothing in it.
 */
public final class VerificationGuard {
    /** Opens nothing: for a batch that only goes on with a transaction, where that may have ended before the batch comes. */
    public static final VerificationGuard SPENT = new VerificationGuard((short) -1, -1, false, 0);

    private final boolean addsPartition;
    private final long createdMs;
    private short epoch;
    private int lowestSequence;

    VerificationGuard(short epoch, int firstSequence, boolean addsPartition, long createdMs) {
        this.epoch = epoch;
        this.lowestSequence = firstSequence;
        this.addsPartition = addsPartition;
        this.createdMs = createdMs;
    }

    /** Another batch is verified under this guard. */
    void note(short batchEpoch, int firstSequence) {
        if (batchEpoch > epoch) {
            epoch = batchEpoch;
            lowestSequence = firstSequence;
        } else if (batchEpoch == epoch) {
            if (lowestSequence < 0 || comesBefore(firstSequence, lowestSequence)) {
                lowestSequence = firstSequence;
            }
        }
    }

    /** Whether the batches come from a client of transactions version 2, whose epoch grows with each transaction. */
    boolean addsPartition() {
        return addsPartition;
    }

    /** Whether a batch of the newest epoch was to be verified that begins with a lower number, and so must come first. */
    boolean knowsLowerThan(int firstSequence) {
        return comesBefore(lowestSequence, firstSequence);
    }

    /**
     * Sequence numbers start again at 0 after 2^31-1, so that of two the one comes first from which it is not far to the
     * other. Batches without one are in no order.
     */
    private static boolean comesBefore(int sequence, int other) {
        int ahead = (other - sequence) & Integer.MAX_VALUE;
        return sequence >= 0 && other >= 0 && ahead != 0 && ahead <= Integer.MAX_VALUE / 2;
    }

    long createdMs() {
        return createdMs;
    }

    /** With version 2 the marker that ends the previous transaction has the epoch that this one is verified for. */
    boolean outlivesMarker(short markerEpoch) {
        return addsPartition && markerEpoch == epoch;
    }
}
