package io.headrace.server.api;

import io.headrace.core.config.TransactionConfig;
import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.server.partition.Partitions;
import io.headrace.server.transaction.TransactionVerifier;
import io.headrace.server.transaction.VerificationErrors;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a group's partition of {@code __consumer_offsets} is part of the transaction that offsets are committed in
 * (KIP-890): takes a guard from the partition, then asks the transaction's coordinator. The offsets are to be appended under
 * that guard, so that a commit which is held up cannot open a transaction again that has ended meanwhile.
 */
public final class OffsetCommitVerification {
    /** Told the outcome, on any thread. */
    interface Outcome {
        /**
         * @param error what to answer with, or {@code NONE}
         * @param guard what to append under; null if nothing is verified
         */
        void verified(ErrorCode error, @Nullable VerificationGuard guard);
    }

    private final Partitions partitions;
    private final TransactionVerifier verifier;
    private final Supplier<TransactionConfig> config;

    /** @param config says, at any moment, whether to ask for older clients, which add the partition themselves */
    public OffsetCommitVerification(
            Partitions partitions, TransactionVerifier verifier, Supplier<TransactionConfig> config) {
        this.partitions = partitions;
        this.verifier = verifier;
        this.config = config;
    }

    void verify(short version, TxnOffsetCommitRequest request, Outcome outcome) {
        boolean adds = version >= VerificationErrors.FIRST_OFFSET_COMMIT_VERSION_THAT_ADDS;
        TopicImage topic = partitions.image().topic(TopicImage.CONSUMER_OFFSETS);
        if (topic == null) {
            outcome.verified(ErrorCode.NOT_COORDINATOR, null);
            return;
        }
        if (!adds && !config.get().verifyPartitions()) {
            outcome.verified(ErrorCode.NONE, null);
            return;
        }
        int index = PartitionOfKey.of(request.groupId(), topic.partitionCount());
        Partitions.Found found = partitions.leader(topic, index);
        if (found.error() != ErrorCode.NONE) {
            outcome.verified(ErrorCode.NOT_COORDINATOR, null);
            return;
        }
        TopicPartition partition = new TopicPartition(topic.name(), index);
        boolean queued = partitions
                .store()
                .writer()
                .beginVerification(
                        found.replicaOrThrow(), request.producerId(), request.producerEpoch(), adds, (error, guard) -> {
                            if (error != ErrorCode.NONE) {
                                outcome.verified(asGroupError(error), null);
                            } else if (guard == VerificationGuard.SPENT) {
                                outcome.verified(ErrorCode.NONE, guard);
                            } else {
                                ask(version, request, partition, adds, guard, outcome);
                            }
                        });
        if (!queued) {
            outcome.verified(ErrorCode.COORDINATOR_NOT_AVAILABLE, null);
        }
    }

    private void ask(
            short version,
            TxnOffsetCommitRequest request,
            TopicPartition partition,
            boolean adds,
            VerificationGuard guard,
            Outcome outcome) {
        verifier.verify(
                request.transactionalId(),
                request.producerId(),
                request.producerEpoch(),
                List.of(partition),
                adds,
                errors -> {
                    ErrorCode error = errors.getOrDefault(partition, ErrorCode.COORDINATOR_NOT_AVAILABLE);
                    outcome.verified(VerificationErrors.inOffsetCommitResponse(error, version), guard);
                });
    }

    /** Who commits offsets knows the errors of groups, not those of partitions. */
    private static ErrorCode asGroupError(ErrorCode error) {
        return error == ErrorCode.INVALID_PRODUCER_EPOCH ? error : ErrorCode.NOT_COORDINATOR;
    }
}
