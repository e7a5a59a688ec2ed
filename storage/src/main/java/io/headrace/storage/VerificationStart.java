package io.headrace.storage;

import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Asks for the guard of a transactional batch that is still to be made. The log writer owns it once it is queued. */
final class VerificationStart extends WriterTask {
    final PartitionReplica replica;
    final long producerId;
    final short producerEpoch;
    final boolean addsPartition;
    private final LogWriter.Verifiable whenBegun;

    VerificationStart(
            PartitionReplica replica,
            long producerId,
            short producerEpoch,
            boolean addsPartition,
            LogWriter.Verifiable whenBegun) {
        this.replica = replica;
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.addsPartition = addsPartition;
        this.whenBegun = whenBegun;
    }

    void end(ErrorCode error, @Nullable VerificationGuard guard) {
        whenBegun.begun(error, guard == null ? VerificationGuard.SPENT : guard);
    }
}
