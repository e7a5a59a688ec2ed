package io.headrace.storage;

import io.headrace.core.partition.ProducerCheck;
import io.headrace.core.partition.ProducerStates;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a batch with a producer id may go into the log now, by what the partition knows of its producer, and holds
 * back what would open a transaction until the transaction's coordinator has agreed. Owned by the log writer.
 */
final class ProducerGate {
    /** What becomes of a batch. */
    enum Verdict {
        /** It goes into the log. */
        PLACE,
        /** It is in the log already, or in this very group, and is answered together with it. */
        DUPLICATE,
        /** It was refused; the task has the error. */
        REFUSED,
        /** It waits in {@link HeldAppends}. */
        HELD
    }

    private ProducerGate() {}

    /** Begins to verify a transaction for a batch without sequence numbers that is still to come. */
    static void begin(VerificationStart start, long nowMs) {
        ProducerStates producers = start.replica.log().producers();
        // What is not written yet may be taken back, and with it the batch that opened the transaction.
        boolean isOpenForGood =
                start.replica.staged.isEmpty() && producers.continuesTransaction(start.producerId, start.producerEpoch);
        if (isOpenForGood) {
            start.end(ErrorCode.NONE, VerificationGuard.SPENT);
            return;
        }
        VerificationGuard guard = producers.beginVerification(
                start.producerId, start.producerEpoch, RecordBatch.NO_SEQUENCE, start.addsPartition, nowMs);
        start.end(guard == null ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.NONE, guard);
    }

    static Verdict decide(AppendTask task, RecordBatch batch, long nowMs) {
        ProducerStates producers = task.replica.log().producers();
        if (task instanceof MarkerTask marker) {
            ErrorCode refused = producers.checkMarker(
                    batch.producerId(),
                    batch.producerEpoch(),
                    marker.marker().coordinatorEpoch(),
                    marker.epochBumped());
            boolean mayPass = refused == ErrorCode.TRANSACTION_COORDINATOR_FENCED
                    && marker.sender() == MarkerTask.Sender.OWN_COORDINATOR;
            return refusedIf(task, mayPass ? null : refused);
        }
        boolean logEmpty = task.replica.nextOffset == 0;
        boolean opens =
                batch.isTransactional() && !producers.continuesTransaction(batch.producerId(), batch.producerEpoch());
        VerificationGuard guard = task.guard;
        if (opens && guard != null) {
            return verdict(
                    task,
                    producers.checkVerified(
                            batch.producerId(),
                            batch.producerEpoch(),
                            batch.baseSequence(),
                            batch.lastSequence(),
                            logEmpty,
                            guard));
        }
        if (opens && task.verification != null) {
            return hold(task, task.verification, batch, producers, nowMs);
        }
        return verdict(
                task,
                producers.check(
                        batch.producerId(),
                        batch.producerEpoch(),
                        batch.baseSequence(),
                        batch.lastSequence(),
                        batch.isTransactional(),
                        logEmpty));
    }

    /** Keeps the batch until it is known whether the partition is part of the transaction. */
    private static Verdict hold(
            AppendTask task, Verification verification, RecordBatch batch, ProducerStates producers, long nowMs) {
        VerificationGuard guard = producers.beginVerification(
                batch.producerId(), batch.producerEpoch(), batch.baseSequence(), verification.addsPartitions(), nowMs);
        if (guard == null) {
            return refusedIf(task, ErrorCode.INVALID_PRODUCER_EPOCH);
        }
        task.replica.hold(
                task, new HeldAppends.Key(batch.producerId(), batch.producerEpoch(), verification.question()), guard);
        return Verdict.HELD;
    }

    private static Verdict verdict(AppendTask task, ProducerCheck check) {
        if (check instanceof ProducerCheck.Rejected rejected) {
            task.failOutOfTurn(rejected.error());
            return Verdict.REFUSED;
        }
        if (check instanceof ProducerCheck.Duplicate duplicate) {
            // As in Kafka, whoever's the timestamp is.
            task.placedAt(duplicate.baseOffset(), duplicate.timestampMs());
            return Verdict.DUPLICATE;
        }
        return Verdict.PLACE;
    }

    private static Verdict refusedIf(AppendTask task, @Nullable ErrorCode error) {
        if (error == null) {
            return Verdict.PLACE;
        }
        task.fail(error, null);
        return Verdict.REFUSED;
    }

    /** Notes that a batch could not be taken for a reason that may pass; the partition is open. */
    static void turnAway(PartitionReplica replica, RecordBatch batch) {
        if (batch.producerId() >= 0 && !batch.isTransactional()) {
            replica.log().producers().turnAway(batch.producerId(), batch.producerEpoch(), batch.baseSequence());
        }
    }

    /** Notes a batch that has its offset and its timestamp. */
    static ProducerStates.Undo note(AppendTask task, RecordBatch batch, long nowMs) {
        ProducerStates producers = task.replica.log().producers();
        if (task instanceof MarkerTask marker) {
            return producers.updateMarker(
                    batch.producerId(),
                    batch.producerEpoch(),
                    marker.marker().coordinatorEpoch(),
                    !marker.marker().committed(),
                    batch.baseOffset(),
                    nowMs);
        }
        return producers.update(batch, nowMs);
    }
}
