package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.storage.AppendTask;
import io.headrace.storage.PartitionReplica;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One partition's batch of a Produce request on its way through the log writer. */
final class ProduceAppend extends AppendTask {
    private final @Nullable ProduceVerification verification;
    private final PendingProduce pending;
    private final PartitionProduceResponse result;
    private volatile boolean settled;

    ProduceAppend(
            PartitionReplica replica,
            ByteBuffer batch,
            int leaderEpoch,
            boolean awaitsDurability,
            @Nullable ProduceVerification verification,
            PendingProduce pending,
            PartitionProduceResponse result) {
        super(replica, batch, leaderEpoch, awaitsDurability, verification);
        this.verification = verification;
        this.pending = pending;
        this.result = result;
    }

    @Override
    protected void onOutcome() {
        result.setErrorCode(error().code());
        if (error() == ErrorCode.NONE) {
            tellPlace(result);
        } else {
            result.setErrorMessage(message());
        }
        if (isOutOfTurn()) {
            ProduceHandler.tellLogStart(replica(), result);
        }
        settled = true;
        pending.onOutcome(error() != ErrorCode.NONE, true);
    }

    private void tellPlace(PartitionProduceResponse place) {
        place.setBaseOffset(baseOffset()).setLogAppendTimeMs(logAppendTimeMs());
        ProduceHandler.tellLogStart(replica(), place);
    }

    /** What a client is told whose time is up before the outcome is known: as in Kafka, also where the batch is by now. */
    PartitionProduceResponse timedOut() {
        PartitionProduceResponse answer = ProduceHandler.failed(result.index(), ErrorCode.REQUEST_TIMED_OUT);
        if (isWritten()) {
            tellPlace(answer);
        }
        return answer;
    }

    @Override
    protected void onReleased() {
        pending.onReleased();
    }

    /** Whether the outcome is in {@link #result}, which before that is the log writer's alone. Any thread. */
    boolean isSettled() {
        return settled;
    }

    PartitionProduceResponse result() {
        return result;
    }

    /** The log writer has more waiting than it should: the client is to try again. */
    void refusedByQueue() {
        result.setErrorCode(ErrorCode.REQUEST_TIMED_OUT.code())
                .setErrorMessage("Too many appends are waiting for the disk");
        if (verification != null) {
            verification.onNotHeld();
        }
        settled = true;
        pending.onOutcome(true, false);
        pending.onReleased();
    }
}
