package io.headrace.storage;

import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One batch on its way into a partition's log.
 *
 * <p>Made by any thread, then handed to {@link LogWriter#enqueue}; from there on it belongs to the log writer, which fills in
 * the outcome and calls {@link #onOutcome} and then {@link #onReleased}, once each. The batch's memory must stay valid until the
 * latter.
 */
public abstract class AppendTask extends WriterTask {
    final PartitionReplica replica;
    final ByteBuffer batch;
    final int leaderEpoch;
    final boolean awaitsDurability;
    /** How the batch may come to open a transaction; null if it needs nobody's leave for that. */
    final @Nullable Verification verification;
    /** Under what the batch was verified; null before that. */
    @Nullable
    VerificationGuard guard;
    /** What the batch waits in for its verification to end; null unless it was the first one there. */
    @Nullable
    HeldAppends heldFirst;

    private boolean verificationTold;
    private boolean answered;
    private volatile boolean written;

    private ErrorCode error = ErrorCode.NONE;
    private boolean outOfTurn;
    private @Nullable String message;
    private long baseOffset = -1;
    private long logAppendTimeMs = -1;

    /**
     * @param replica where to append
     * @param batch one checked record batch, from position to limit; its header is changed in place
     * @param leaderEpoch the epoch that the partition's leader writes in
     * @param awaitsDurability whether {@link #onOutcome} waits until the batch is on disk ({@code acks=all}), rather than only
     *     until it is in the log
     */
    protected AppendTask(PartitionReplica replica, ByteBuffer batch, int leaderEpoch, boolean awaitsDurability) {
        this(replica, batch, leaderEpoch, awaitsDurability, null);
    }

    /**
     * As the other one, for a batch that may be part of a transaction.
     *
     * @param verification asks the transaction's coordinator before the batch opens the transaction in the partition; null
     *     if there is no need to ask
     */
    protected AppendTask(
            PartitionReplica replica,
            ByteBuffer batch,
            int leaderEpoch,
            boolean awaitsDurability,
            @Nullable Verification verification) {
        this.replica = replica;
        this.batch = batch;
        this.leaderEpoch = leaderEpoch;
        this.awaitsDurability = awaitsDurability;
        this.verification = verification;
    }

    /**
     * Says, before the task is queued, that the transaction's coordinator has agreed already to what the batch may open.
     *
     * @param verified what {@link LogWriter#beginVerification} gave before the coordinator was asked
     */
    protected final void verifiedUnder(VerificationGuard verified) {
        guard = verified;
    }

    /** It is known what became of the append. Runs on the log writer's thread and must be quick. */
    protected abstract void onOutcome();

    /** The batch's memory is not needed any more. Runs on the log writer's thread and must be quick. */
    protected abstract void onReleased();

    public final PartitionReplica replica() {
        return replica;
    }

    /** What went wrong; {@code NONE} if the batch is in the log. */
    public final ErrorCode error() {
        return error;
    }

    /** Whether it was what the log knows of the batch's producer that spoke against the batch. */
    public final boolean isOutOfTurn() {
        return outOfTurn;
    }

    /** What went wrong, in words; null if there is nothing to say beyond the error code. */
    public final @Nullable String message() {
        return message;
    }

    /** The offset of the batch's first record; -1 if it was not appended. */
    public final long baseOffset() {
        return baseOffset;
    }

    /**
     * The time that the log put on the records; -1 if they keep their own. Of a batch that the log has already it is the max
     * timestamp in either case.
     */
    public final long logAppendTimeMs() {
        return logAppendTimeMs;
    }

    /**
     * Whether the batch is in its segment and waits for the disk, so that {@link #baseOffset} and {@link #logAppendTimeMs} can be
     * told already. Not so of a batch that the log had before. Any thread may ask.
     */
    public final boolean isWritten() {
        return written;
    }

    @Override
    int sizeBytes() {
        return batch.remaining();
    }

    /** The log writer has looked at the batch for the first time: the request's verification learns whether it waits. */
    void tellVerification() {
        if (verification != null && !verificationTold) {
            verificationTold = true;
            if (heldFirst != null) {
                verification.onHeld(heldFirst);
            } else {
                verification.onNotHeld();
            }
        }
    }

    void placedAt(long offset, long appendTimeMs) {
        baseOffset = offset;
        logAppendTimeMs = appendTimeMs;
    }

    void markWritten() {
        written = true;
    }

    /** Tells the outcome unless that has been done. */
    final void answer() {
        if (!answered) {
            answered = true;
            onOutcome();
        }
    }

    void failOutOfTurn(ErrorCode code) {
        fail(code, null);
        outOfTurn = true;
    }

    void fail(ErrorCode code, @Nullable String why) {
        error = code;
        message = why;
        baseOffset = -1;
        logAppendTimeMs = -1;
    }
}
