package io.headrace.core.transaction;

import io.headrace.core.coordinator.AppendErrors;
import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Appends;
import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.core.coordinator.Step;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeTransactionsResponse;
import io.headrace.protocol.message.ListTransactionsResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Coordinates the transactions of the transactional ids of one partition of {@code __transaction_state} (KIP-98, KIP-360,
 * KIP-447, KIP-588, KIP-890).
 *
 * <p>A change counts, and is answered, once its record is durable; until then its transactional id is moving and nobody else
 * may change it. A prepared transaction is completed whatever happens: its markers are part of the steps, and {@link
 * #onMarkerWritten} brings their outcome.
 */
public final class TransactionCoordinator implements Coordinator {
    private static final Waiter<ProducerIdentity> NOBODY = identity -> {};

    private final TransactionSettings settings;
    private final ProducerIdSource producerIds;
    private final Appends<TransactionAppend, Effects> appends;
    private final Markers markers;
    private final TransactionEnds ends;
    private final ProducerInits inits;
    private final PartitionAdds adds;
    private final RecordTime recordTime = new RecordTime();
    private final Map<String, Transaction> transactions = new LinkedHashMap<>();
    private final Set<Transaction> ongoing = new LinkedHashSet<>();
    private long timeoutCheckAtMs = Long.MAX_VALUE;
    private long expirationCheckAtMs = Long.MAX_VALUE;

    /**
     * A coordinator without any transactional ids.
     *
     * @param coordinatorEpoch the leader epoch of the partition, which fences older coordinators at the markers
     * @param markerWriter to whom the markers go: the replies of a step are handed to it among others
     */
    public TransactionCoordinator(
            TransactionSettings settings,
            int coordinatorEpoch,
            ProducerIdSource producerIds,
            Waiter<MarkerWrite> markerWriter) {
        this.settings = settings;
        this.producerIds = producerIds;
        this.appends = new Appends<>(settings.appendTimeoutMs());
        this.markers = new Markers(coordinatorEpoch, markerWriter, settings.markerRetryMs());
        this.ends = new TransactionEnds(producerIds, markers);
        this.inits = new ProducerInits(producerIds, ends);
        this.adds = new PartitionAdds(settings);
    }

    // Loading

    @Override
    public void showWallClock(long nowMs, long nowByWallMs) {
        recordTime.pass(nowMs, nowByWallMs);
    }

    @Override
    public void replay(
            long logOffset,
            long producerId,
            short producerEpoch,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value) {
        TransactionRecords.Decoded decoded = key == null ? null : TransactionRecords.decode(key, value, recordTime);
        if (decoded == null) {
            return;
        }
        TransactionMetadata metadata = decoded.metadata();
        if (metadata == null) {
            transactions.remove(decoded.transactionalId());
        } else {
            transactions.put(decoded.transactionalId(), new Transaction(decoded.transactionalId(), metadata));
        }
    }

    @Override
    public void applyTransactionEnd(long producerId, boolean commit) {
        // The records of coordinators are in no transaction.
    }

    /** Transactions whose outcome was decided are completed: perhaps no marker was written, perhaps all of them. */
    @Override
    public Step onLoaded(long nowMs) {
        Effects effects = new Effects(nowMs);
        for (Transaction transaction : transactions.values()) {
            if (transaction.metadata.state().isPrepared()) {
                markers.begin(transaction, effects);
            }
            track(transaction, nowMs);
        }
        return stepOf(effects);
    }

    @Override
    public Step onUnloaded(long nowMs) {
        Effects effects = new Effects(nowMs);
        TransactionAppend append = appends.pollFirst();
        while (append != null) {
            append.writes().forEach(write -> write.outcome().failed(ErrorCode.NOT_COORDINATOR, effects));
            append = appends.pollFirst();
        }
        transactions.values().forEach(transaction -> adds.failWaiting(transaction, ErrorCode.NOT_COORDINATOR, effects));
        transactions.clear();
        ongoing.clear();
        markers.clear();
        adds.clear();
        timeoutCheckAtMs = Long.MAX_VALUE;
        expirationCheckAtMs = Long.MAX_VALUE;
        return Step.withoutAppend(effects.replies, effects.notes);
    }

    // Time and appends

    @Override
    public long nextDeadlineMs() {
        long checksMs = Math.min(timeoutCheckAtMs, expirationCheckAtMs);
        long waitersMs = Math.min(adds.nextDeadlineMs(), appends.nextDeadlineMs());
        return Math.min(Math.min(checksMs, waitersMs), markers.nextDeadlineMs());
    }

    @Override
    public Step onTimeout(long nowMs) {
        Effects effects = new Effects(nowMs);
        markers.runDue(effects);
        adds.runDue(effects);
        appends.runOverdue(effects);
        if (timeoutCheckAtMs <= nowMs) {
            abortTimedOut(effects);
            timeoutCheckAtMs = ongoing.isEmpty() ? Long.MAX_VALUE : nowMs + settings.timeoutCheckIntervalMs();
        }
        if (expirationCheckAtMs <= nowMs) {
            expire(effects);
        }
        return stepOf(effects);
    }

    private void abortTimedOut(Effects effects) {
        for (Transaction transaction : ongoing) {
            TransactionMetadata metadata = transaction.metadata;
            boolean isOver = metadata.timeoutMs() != TransactionMetadata.NO_TIMEOUT
                    && metadata.startMs() + metadata.timeoutMs() < effects.nowMs;
            if (isOver && !transaction.isMoving()) {
                effects.note("Transaction " + transaction.id + " of producer " + metadata.producerId() + " at epoch "
                        + metadata.producerEpoch() + " is aborted, as it lasted longer than " + metadata.timeoutMs()
                        + " ms");
                ends.abortAndFence(transaction, NOBODY, effects);
            }
        }
    }

    /** Forgets ids that were not used for long, so many at a time: the next ones when the log has these. */
    private void expire(Effects effects) {
        int expired = 0;
        expirationCheckAtMs =
                transactions.isEmpty() ? Long.MAX_VALUE : effects.nowMs + settings.expirationCheckIntervalMs();
        for (Transaction transaction : transactions.values()) {
            if (expired >= settings.tombstonesMax()) {
                return;
            }
            TransactionMetadata metadata = transaction.metadata;
            boolean isUnused = metadata.lastUpdateMs() <= effects.nowMs - settings.transactionalIdExpirationMs();
            if (isUnused && !transaction.isMoving() && metadata.state().isAtRest()) {
                expired++;
                boolean mayBeMore = expired == settings.tombstonesMax();
                effects.writeExpiry(transaction, new AppendOutcome<>() {
                    @Override
                    public void durable(Effects later) {
                        later.note("Transactional id " + transaction.id + " has expired");
                        if (mayBeMore) {
                            expirationCheckAtMs = later.nowMs;
                        }
                    }

                    @Override
                    public void failed(ErrorCode error, Effects later) {}
                });
            }
        }
    }

    @Override
    public Step onDurable(long appendId, long baseOffset, long nowMs) {
        Effects effects = new Effects(nowMs);
        for (Effects.Write write : appends.end(appendId).writes()) {
            Transaction transaction = write.transaction();
            TransactionMetadata next = write.next();
            transaction.pending = null;
            if (next == null) {
                transactions.remove(transaction.id);
                adds.failWaiting(transaction, ErrorCode.INVALID_PRODUCER_ID_MAPPING, effects);
            } else {
                transaction.metadata = next;
            }
            write.outcome().durable(effects);
            track(transaction, nowMs);
            adds.resume(transaction, effects);
        }
        return stepOf(effects);
    }

    @Override
    public Step onAppendFailed(long appendId, ErrorCode error, long nowMs) {
        Effects effects = new Effects(nowMs);
        ErrorCode shown = AppendErrors.shownToClients(error, ErrorCode.POLICY_VIOLATION);
        for (Effects.Write write : appends.end(appendId).writes()) {
            Transaction transaction = write.transaction();
            transaction.pending = null;
            write.outcome().failed(shown, effects);
            if (transaction.isFresh()) {
                transactions.remove(transaction.id);
            }
            adds.resume(transaction, effects);
        }
        return stepOf(effects);
    }

    /** Keeps the set of open transactions, and the times of the checks, up to date. */
    private void track(Transaction transaction, long nowMs) {
        if (transaction.metadata.state() == TransactionState.ONGOING) {
            if (ongoing.add(transaction) && timeoutCheckAtMs == Long.MAX_VALUE) {
                timeoutCheckAtMs = nowMs + settings.timeoutCheckIntervalMs();
            }
        } else {
            ongoing.remove(transaction);
        }
        if (expirationCheckAtMs == Long.MAX_VALUE) {
            expirationCheckAtMs = nowMs + settings.expirationCheckIntervalMs();
        }
    }

    // Requests

    /**
     * Gives a producer its identity. CONCURRENT_TRANSACTIONS asks it to come back: a transaction is being completed, or an
     * open one has just been aborted.
     */
    public Step initProducer(Waiter<ProducerIdentity> waiter, InitProducer request, long nowMs) {
        Effects effects = new Effects(nowMs);
        ErrorCode error = ProducerInits.validate(request, settings);
        Transaction transaction = transactions.get(request.transactionalId());
        if (error != ErrorCode.NONE) {
            effects.reply(waiter, ProducerIdentity.none(error));
        } else if (transaction != null) {
            inits.init(transaction, request, waiter, effects);
        } else if (transactions.size() >= settings.transactionalIdsMax()) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.POLICY_VIOLATION));
        } else {
            initNew(request, waiter, effects);
        }
        return stepOf(effects);
    }

    /** Whether the request would take a new producer id: its transactional id is not known, or has used up the epochs of its own. */
    public boolean needsProducerId(InitProducer request) {
        Transaction transaction = transactions.get(request.transactionalId());
        return transaction == null || isReadyToRotate(transaction);
    }

    private void initNew(InitProducer request, Waiter<ProducerIdentity> waiter, Effects effects) {
        long producerId = producerIds.next();
        if (producerId == ProducerIdSource.NONE) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
            return;
        }
        int timeoutMs = ProducerInits.timeoutMs(request);
        Transaction fresh = new Transaction(
                request.transactionalId(), TransactionMetadata.fresh(producerId, timeoutMs, effects.nowMs));
        transactions.put(fresh.id, fresh);
        inits.init(fresh, request, waiter, effects);
    }

    /** Adds partitions to a transaction, which begins with the first of them. One error holds for all. */
    public Step addPartitions(Waiter<ErrorCode> waiter, AddPartitions request, long nowMs) {
        Effects effects = new Effects(nowMs);
        Transaction transaction = transactions.get(request.transactionalId());
        if (request.transactionalId().isEmpty()) {
            effects.reply(waiter, ErrorCode.INVALID_REQUEST);
        } else if (transaction == null) {
            effects.reply(waiter, ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        } else {
            adds.add(transaction, request, waiter, effects);
        }
        return stepOf(effects);
    }

    /** Says which partitions are in a transaction, without adding any; TRANSACTION_ABORTABLE for those that are not. */
    public Map<TopicPartition, ErrorCode> verifyPartitions(AddPartitions request) {
        Transaction transaction = transactions.get(request.transactionalId());
        if (transaction == null || request.transactionalId().isEmpty()) {
            ErrorCode error = request.transactionalId().isEmpty()
                    ? ErrorCode.INVALID_REQUEST
                    : ErrorCode.INVALID_PRODUCER_ID_MAPPING;
            Map<TopicPartition, ErrorCode> answer = new LinkedHashMap<>();
            request.partitions().forEach(partition -> answer.put(partition, error));
            return answer;
        }
        return PartitionAdds.verify(transaction.metadata, request);
    }

    /** Ends a transaction. The answer comes when it is decided for good, before the markers are written. */
    public Step endTransaction(Waiter<ProducerIdentity> waiter, EndTransaction request, long nowMs) {
        Effects effects = new Effects(nowMs);
        Transaction transaction = transactions.get(request.transactionalId());
        if (request.transactionalId().isEmpty()) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.INVALID_REQUEST));
        } else if (transaction == null) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.INVALID_PRODUCER_ID_MAPPING));
        } else {
            ends.end(transaction, request, waiter, effects);
        }
        return stepOf(effects);
    }

    /** Whether the end would take a new producer id, with which the producer goes on: the epochs of its own are used up. */
    public boolean needsProducerId(EndTransaction request) {
        Transaction transaction = transactions.get(request.transactionalId());
        return request.clientVersion() >= TransactionMetadata.EPOCH_PER_TRANSACTION
                && transaction != null
                && isReadyToRotate(transaction);
    }

    private static boolean isReadyToRotate(Transaction transaction) {
        return transaction.metadata.isEpochExhausted() && !transaction.isMoving();
    }

    /** A marker of an earlier step is durable, or was refused. */
    public Step onMarkerWritten(MarkerWrite marker, ErrorCode error, long nowMs) {
        Effects effects = new Effects(nowMs);
        Transaction transaction = transactions.get(marker.transactionalId());
        if (transaction != null) {
            markers.onWritten(transaction, marker, error, effects);
        }
        return stepOf(effects);
    }

    /** Describes a transactional id; TRANSACTIONAL_ID_NOT_FOUND if it is not known. */
    public DescribeTransactionsResponse.TransactionState describe(String transactionalId) {
        return TransactionQueries.describe(transactionalId, transactions.get(transactionalId), recordTime);
    }

    /** The transactions that a filter lets pass. */
    public List<ListTransactionsResponse.TransactionState> list(TransactionFilter filter, long nowMs) {
        return TransactionQueries.list(transactions.values(), filter, nowMs);
    }

    @Override
    public int size() {
        return transactions.size();
    }

    @Override
    public void forEachKey(Consumer<String> action) {
        transactions.keySet().forEach(action);
    }

    private Step stepOf(Effects effects) {
        if (effects.writes.isEmpty()) {
            return Step.withoutAppend(effects.replies, effects.notes);
        }
        List<StateRecord> records = new ArrayList<>(effects.writes.size());
        for (Effects.Write write : effects.writes) {
            TransactionMetadata next = write.next();
            String id = write.transaction().id;
            records.add(
                    next == null ? TransactionRecords.tombstone(id) : TransactionRecords.encode(id, next, recordTime));
        }
        long appendId = appends.begin(new TransactionAppend(List.copyOf(effects.writes)), effects.nowMs);
        return new Step(appendId, records, -1L, (short) -1, effects.replies, effects.notes);
    }
}
