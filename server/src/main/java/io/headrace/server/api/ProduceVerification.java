package io.headrace.server.api;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TransactionConfig;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.transaction.TransactionVerifier;
import io.headrace.server.transaction.VerificationErrors;
import io.headrace.storage.HeldAppends;
import io.headrace.storage.LogWriter;
import io.headrace.storage.Verification;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the transaction's coordinator, once for all batches of a Produce request that may open the transaction in their
 * partitions (KIP-890).
 *
 * <p>Where the coordinator is still busy with the producer's last transaction, it is asked again for a short while: this
 * is common with transactions version 2, and quicker than to have the client come again.
 */
public final class ProduceVerification implements Verification {
    private final Verifying verifying;
    private final RequestContext context;
    private final String transactionalId;
    private final TransactionalBatches batches;
    /** Batches of which the log writer has not said whether they wait, and one for the time until all are sent to it. */
    private final AtomicInteger undecided = new AtomicInteger(1);
    /** Filled by the log writer. */
    private final List<HeldAppends> held = new ArrayList<>(1);

    private long retryUntilMs = Long.MIN_VALUE;

    /**
     * What the verifications of all requests share.
     *
     * @param verifier the way to the coordinators
     * @param writer where batches wait
     * @param monotonicMs a clock that never goes back, milliseconds
     * @param config when to ask, and to ask again, as it is at the moment
     */
    public record Verifying(
            TransactionVerifier verifier,
            LogWriter writer,
            LongSupplier monotonicMs,
            Supplier<TransactionConfig> config) {}

    ProduceVerification(
            Verifying verifying, RequestContext context, String transactionalId, TransactionalBatches batches) {
        this.verifying = verifying;
        this.context = context;
        this.transactionalId = transactionalId;
        this.batches = batches;
    }

    /** @param apiVersion of the Produce request, which decides how errors are told */
    private record Question(String transactionalId, short apiVersion) {}

    @Override
    public Object question() {
        return new Question(transactionalId, context.apiVersion());
    }

    /** One more batch goes to the log writer with this verification. */
    void expectOne() {
        undecided.incrementAndGet();
    }

    /** All batches have been sent to the log writer. */
    void allSent() {
        decided();
    }

    @Override
    public boolean addsPartitions() {
        return context.apiVersion() >= VerificationErrors.FIRST_PRODUCE_VERSION_THAT_ADDS;
    }

    @Override
    public void onHeld(HeldAppends waiting) {
        held.add(waiting);
        decided();
    }

    @Override
    public void onNotHeld() {
        decided();
    }

    private void decided() {
        if (undecided.decrementAndGet() == 0 && !held.isEmpty()) {
            ask();
        }
    }

    private void ask() {
        List<TopicPartition> partitions = new ArrayList<>(held.size());
        for (HeldAppends waiting : held) {
            partitions.add(nameOf(waiting));
        }
        verifying
                .verifier()
                .verify(
                        transactionalId,
                        batches.producerId(),
                        batches.producerEpoch(),
                        partitions,
                        addsPartitions(),
                        this::onAnswer);
    }

    private static TopicPartition nameOf(HeldAppends waiting) {
        TopicIdPartition id = waiting.partition();
        return new TopicPartition(id.topic(), id.partition());
    }

    private void onAnswer(Map<TopicPartition, ErrorCode> answer) {
        if (addsPartitions() && answer.containsValue(ErrorCode.CONCURRENT_TRANSACTIONS) && mayRetry()) {
            context.schedule(this::ask, verifying.config().get().verificationRetryMs());
            return;
        }
        for (HeldAppends waiting : held) {
            ErrorCode error = answer.getOrDefault(nameOf(waiting), ErrorCode.COORDINATOR_NOT_AVAILABLE);
            ErrorCode told = VerificationErrors.inProduceResponse(error, context.apiVersion());
            verifying.writer().resume(waiting, told, messageFor(error, told));
        }
    }

    private boolean mayRetry() {
        long nowMs = verifying.monotonicMs().getAsLong();
        if (retryUntilMs == Long.MIN_VALUE) {
            retryUntilMs = nowMs + verifying.config().get().verificationRetryMsMax();
        }
        return nowMs < retryUntilMs;
    }

    /** As in Kafka only what does not speak for itself gets words. */
    private static @Nullable String messageFor(ErrorCode error, ErrorCode told) {
        boolean explained = told == ErrorCode.INVALID_TXN_STATE || told == ErrorCode.NOT_ENOUGH_REPLICAS;
        return explained ? "The transaction's coordinator refused the partition: " + error : null;
    }
}
