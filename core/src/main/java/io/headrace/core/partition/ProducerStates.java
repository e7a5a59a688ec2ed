package io.headrace.core.partition;

import static io.headrace.core.partition.ProducerEntry.NO_TRANSACTION;

import io.headrace.core.partition.ProducerCheck.Duplicate;
import io.headrace.core.partition.ProducerCheck.Rejected;
import io.headrace.core.partition.ProducerEntry.Batch;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one partition knows of the producers that write to it: their epochs, their last batches and their open
 * transactions. It is what makes a resent batch harmless (KIP-98, KIP-360) and tells how far a reader of committed data
 * may go.
 *
 * <p>Use, per batch and in log order: {@link #check} or {@link #checkMarker}, then {@link #update} when its offsets are assigned. What follows in
 * the same group of writes is then checked against it already. If the write fails, {@link #undo} each update, last first.
 * Replay after a restart and a follower's appends only update.
 *
 * <p>Owned by the partition's log writer. A pure fold over the log, except that producers are forgotten: after a time of
 * silence, or the quietest first when there are too many. Never one with an open transaction.
 */
public final class ProducerStates {
    /** How many batches of a producer are recognised when sent again: as many as a client may have in flight. */
    public static final int BATCHES_REMEMBERED = 5;

    private static final ProducerCheck OUT_OF_ORDER = new Rejected(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    private static final ProducerCheck FENCED = new Rejected(ErrorCode.INVALID_PRODUCER_EPOCH);
    private static final ProducerCheck NOT_IN_TRANSACTION = new Rejected(ErrorCode.INVALID_TXN_STATE);

    private final int producersMax;
    private long expirationMs;
    /** Quietest first. */
    private final LinkedHashMap<Long, ProducerEntry> producers = new LinkedHashMap<>(0, 0.75f, true);
    /** First offset to producer id. */
    private final TreeMap<Long, Long> openTransactions = new TreeMap<>();
    /** First offset to marker offset, of ended transactions whose marker is not yet below the high watermark. */
    private final TreeMap<Long, Long> unsettledTransactions = new TreeMap<>();
    /** Producer id to the guard of the verification it is in, oldest first. In memory only. */
    private final LinkedHashMap<Long, VerificationGuard> guards = new LinkedHashMap<>(0);
    /** Producer id to epoch of those of whom only a batch is known that could not be taken, oldest first. In memory only. */
    private final LinkedHashMap<Long, Short> turnedAway = new LinkedHashMap<>(0);

    /**
     * @param producersMax how many producers are remembered
     * @param expirationMs how long a silent producer is remembered, {@code producer.id.expiration.ms}
     */
    public ProducerStates(int producersMax, long expirationMs) {
        this.producersMax = producersMax;
        this.expirationMs = expirationMs;
    }

    /** What one update changed; hand it to {@link #undo} if the batch could not be written. */
    public static final class Undo {
        private final long producerId;
        private final @Nullable ProducerEntry before;
        private final @Nullable ProducerEntry after;
        private final @Nullable CompletedTransaction completed;
        private final @Nullable VerificationGuard guard;

        private Undo(
                long producerId,
                @Nullable ProducerEntry before,
                @Nullable ProducerEntry after,
                @Nullable CompletedTransaction completed,
                @Nullable VerificationGuard guard) {
            this.producerId = producerId;
            this.before = before;
            this.after = after;
            this.completed = completed;
            this.guard = guard;
        }

        /** The transaction that the batch ended, if it was a marker and there was one. */
        public @Nullable CompletedTransaction completed() {
            return completed;
        }
    }

    /**
     * Decides on a data batch that a client sent. Changes nothing that matters.
     *
     * <p>Kafka 4.3 never answers DUPLICATE_SEQUENCE_NUMBER: what it remembers is a duplicate and answered without error,
     * what is older is out of order.
     *
     * @param firstSequence sequence number of the first record, 0 to 2^31-1; -1 in a batch that a coordinator writes on a
     *     producer's behalf, which has none and where only the epoch counts
     * @param lastSequence sequence number of the last record; smaller than the first when the numbers wrapped
     * @param transactional whether the batch is part of a transaction
     * @param logEmpty whether no record was ever written to the partition. There a producer must begin with 0: anything else
     *     means that an earlier request was overtaken
     */
    public ProducerCheck check(
            long producerId,
            short epoch,
            int firstSequence,
            int lastSequence,
            boolean transactional,
            boolean logEmpty) {
        ProducerEntry entry = producers.get(producerId);
        if (entry == null) {
            if (epoch < RecordBatch.NO_PRODUCER_EPOCH) {
                return FENCED;
            }
            boolean overtakes = logEmpty || isTurnedAway(producerId, epoch);
            return overtakes && firstSequence > 0 ? OUT_OF_ORDER : ProducerCheck.ACCEPTED;
        }
        if (epoch < entry.epoch()) {
            return FENCED;
        }
        if (firstSequence == ProducerEntry.NO_SEQUENCE) {
            return ProducerCheck.ACCEPTED;
        }
        if (epoch > entry.epoch()) {
            if (firstSequence != 0) {
                return OUT_OF_ORDER;
            }
        } else {
            Batch same = entry.find(firstSequence, lastSequence);
            if (same != null) {
                return new Duplicate(same.firstOffset(), same.lastOffset(), same.timestampMs());
            }
            if (!follows(entry.lastSequence(), firstSequence)) {
                return OUT_OF_ORDER;
            }
        }
        return entry.inTransaction() && !transactional ? NOT_IN_TRANSACTION : ProducerCheck.ACCEPTED;
    }

    /**
     * A batch could not be taken for a reason that may pass, as for want of room. If it is the first of a producer that is not
     * known here, those that the producer had sent behind it must not come before it: its turn is next.
     */
    public void turnAway(long producerId, short epoch, int firstSequence) {
        if (firstSequence == 0 && !producers.containsKey(producerId)) {
            turnedAway.put(producerId, epoch);
            if (turnedAway.size() > producersMax) {
                Iterator<Long> oldestFirst = turnedAway.keySet().iterator();
                oldestFirst.next();
                oldestFirst.remove();
            }
        }
    }

    private boolean isTurnedAway(long producerId, short epoch) {
        Short known = turnedAway.get(producerId);
        return known != null && known == epoch;
    }

    /**
     * Whether a transactional batch goes on with a transaction that is open here. If not, its partition must be known to be
     * part of the transaction: {@link #beginVerification}, ask the coordinator, {@link #checkVerified}.
     */
    public boolean continuesTransaction(long producerId, short epoch) {
        ProducerEntry entry = producers.get(producerId);
        return entry != null && entry.inTransaction() && entry.epoch() == epoch;
    }

    /**
     * Begins to verify, or goes on verifying, that this partition is part of a producer's transaction.
     *
     * @param firstSequence sequence number of the batch that waits for it
     * @param addsPartition whether the client relies on the verification to add the partition (transactions version 2)
     * @return the guard to hand to {@link #checkVerified}; null if the epoch is too old for anything
     */
    public @Nullable VerificationGuard beginVerification(
            long producerId, short epoch, int firstSequence, boolean addsPartition, long nowMs) {
        ProducerEntry entry = producers.get(producerId);
        if (entry != null && epoch < entry.epoch()) {
            return null;
        }
        VerificationGuard guard = guards.get(producerId);
        if (guard == null) {
            guard = new VerificationGuard(epoch, firstSequence, addsPartition, nowMs);
            guards.put(producerId, guard);
            forgetOldestGuard();
        } else {
            guard.note(epoch, firstSequence);
        }
        return guard;
    }

    private void forgetOldestGuard() {
        if (guards.size() > producersMax) {
            Iterator<VerificationGuard> oldestFirst = guards.values().iterator();
            oldestFirst.next();
            oldestFirst.remove();
        }
    }

    /**
     * Decides on a transactional data batch that would open a transaction here, after the coordinator has agreed; otherwise
     * as {@link #check}.
     *
     * @param guard what {@link #beginVerification} returned before the coordinator was asked
     */
    public ProducerCheck checkVerified(
            long producerId,
            short epoch,
            int firstSequence,
            int lastSequence,
            boolean logEmpty,
            VerificationGuard guard) {
        ProducerCheck check = check(producerId, epoch, firstSequence, lastSequence, true, logEmpty);
        if (check instanceof Duplicate || check == FENCED) {
            return check;
        }
        if (guards.get(producerId) != guard) {
            return NOT_IN_TRANSACTION;
        }
        // With version 2 there is nothing in this epoch that could have been forgotten.
        ProducerEntry entry = producers.get(producerId);
        boolean nothingKnown = entry == null || entry.batches().isEmpty();
        if (guard.addsPartition() && nothingKnown && firstSequence > 0) {
            return OUT_OF_ORDER;
        }
        return guard.knowsLowerThan(firstSequence) ? OUT_OF_ORDER : check;
    }

    private static boolean follows(int lastSequence, int firstSequence) {
        return firstSequence == (lastSequence == Integer.MAX_VALUE ? 0 : lastSequence + 1);
    }

    /**
     * Notes a data batch of a producer at the end of the log.
     *
     * @param timestampMs the batch's max timestamp
     * @param nowMs the time, also on replay: the batch's timestamp is the client's and may be years old, and a producer that
     *     is forgotten while it sends a batch again has it in the log twice
     */
    public Undo update(
            long producerId,
            short epoch,
            int firstSequence,
            int lastSequence,
            long firstOffset,
            long lastOffset,
            long timestampMs,
            boolean transactional,
            long nowMs) {
        ProducerEntry before = producers.get(producerId);
        long transactionFirstOffset = before == null ? NO_TRANSACTION : before.transactionFirstOffset();
        if (transactional && transactionFirstOffset == NO_TRANSACTION) {
            transactionFirstOffset = firstOffset;
            openTransactions.put(firstOffset, producerId);
        }
        Batch batch = new Batch(firstSequence, lastSequence, firstOffset, lastOffset, timestampMs);
        ProducerEntry base = before == null ? unknown(epoch) : before;
        ProducerEntry after = base.withBatch(epoch, batch, nowMs, transactionFirstOffset);
        put(producerId, after);
        if (!turnedAway.isEmpty()) {
            turnedAway.remove(producerId);
        }
        VerificationGuard guard = transactional && !guards.isEmpty() ? guards.remove(producerId) : null;
        return new Undo(producerId, before, after, null, guard);
    }

    /** The same of a batch as it lies in the log. */
    public Undo update(RecordBatch batch, long nowMs) {
        return update(
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.lastSequence(),
                batch.baseOffset(),
                batch.lastOffset(),
                batch.maxTimestamp(),
                batch.isTransactional(),
                nowMs);
    }

    private static ProducerEntry unknown(short epoch) {
        return new ProducerEntry(epoch, List.of(), -1, -1, NO_TRANSACTION);
    }

    /**
     * Decides on an end-of-transaction marker that a transaction coordinator sent.
     *
     * @param coordinatorEpoch the coordinator's epoch, which fences an older one
     * @param epochBumped whether the coordinator raised the producer's epoch for this marker (transactions version 2), so
     *     that the epoch of the transaction itself is too old
     * @return the error to answer with; null when the marker may be appended
     */
    public @Nullable ErrorCode checkMarker(long producerId, short epoch, int coordinatorEpoch, boolean epochBumped) {
        ProducerEntry entry = producers.get(producerId);
        if (entry == null) {
            return null;
        }
        // A marker sent again after the transaction has ended does no harm.
        boolean repeated = epoch == entry.epoch() && !entry.inTransaction();
        // The highest epoch cannot be raised any more.
        boolean newEnough = (epochBumped && epoch != Short.MAX_VALUE) ? epoch > entry.epoch() : epoch >= entry.epoch();
        if (!newEnough && !repeated) {
            return ErrorCode.INVALID_PRODUCER_EPOCH;
        }
        return coordinatorEpoch < entry.coordinatorEpoch() ? ErrorCode.TRANSACTION_COORDINATOR_FENCED : null;
    }

    /**
     * Notes an end-of-transaction marker at the end of the log.
     *
     * @param aborted whether it aborts the transaction
     * @param nowMs the time, also on replay
     * @return the change; it names the transaction that ended, if one was open
     */
    public Undo updateMarker(
            long producerId, short epoch, int coordinatorEpoch, boolean aborted, long markerOffset, long nowMs) {
        ProducerEntry before = producers.get(producerId);
        CompletedTransaction completed = null;
        if (before != null && before.inTransaction()) {
            long firstOffset = before.transactionFirstOffset();
            openTransactions.remove(firstOffset);
            unsettledTransactions.put(firstOffset, markerOffset);
            long lastStable = openTransactions.isEmpty() ? markerOffset + 1 : openTransactions.firstKey();
            completed = new CompletedTransaction(producerId, firstOffset, markerOffset, aborted, lastStable);
        }
        ProducerEntry base = before == null ? unknown(epoch) : before;
        ProducerEntry after = base.withMarker(epoch, coordinatorEpoch, nowMs);
        put(producerId, after);
        VerificationGuard guard = guards.get(producerId);
        if (guard != null && guard.outlivesMarker(epoch)) {
            guard = null;
        } else {
            guards.remove(producerId);
        }
        return new Undo(producerId, before, after, completed, guard);
    }

    /**
     * Notes on replay what an emptied marker still tells: its producer had come to that epoch, and whatever it wrote in a
     * transaction before has been compacted away.
     */
    public void updateEpoch(long producerId, short epoch, long nowMs) {
        ProducerEntry before = producers.get(producerId);
        if (before == null || (epoch > before.epoch() && !before.inTransaction())) {
            ProducerEntry base = before == null ? unknown(epoch) : before;
            put(producerId, base.withMarker(epoch, base.coordinatorEpoch(), nowMs));
        }
    }

    private void put(long producerId, ProducerEntry entry) {
        producers.put(producerId, entry);
        if (producers.size() > producersMax) {
            forgetQuietest(producerId);
        }
    }

    private void forgetQuietest(long except) {
        Iterator<Map.Entry<Long, ProducerEntry>> quietestFirst =
                producers.entrySet().iterator();
        while (quietestFirst.hasNext()) {
            Map.Entry<Long, ProducerEntry> candidate = quietestFirst.next();
            if (!candidate.getValue().inTransaction() && candidate.getKey() != except) {
                quietestFirst.remove();
                return;
            }
        }
    }

    /** Takes an update back. Updates are undone last first. */
    public void undo(Undo undo) {
        CompletedTransaction completed = undo.completed;
        if (completed != null) {
            unsettledTransactions.remove(completed.firstOffset());
            openTransactions.put(completed.firstOffset(), completed.producerId());
        } else if (undo.after != null
                && undo.after.inTransaction()
                && (undo.before == null || !undo.before.inTransaction())) {
            openTransactions.remove(undo.after.transactionFirstOffset());
        }
        if (undo.before == null) {
            producers.remove(undo.producerId);
            // In transactions the guard knows what came first.
            if (undo.after != null
                    && !undo.after.inTransaction()
                    && !undo.after.batches().isEmpty()) {
                turnAway(
                        undo.producerId,
                        undo.after.epoch(),
                        undo.after.batches().get(0).firstSequence());
            }
        } else {
            producers.put(undo.producerId, undo.before);
        }
        if (undo.guard != null) {
            // One that came after it stays, as somebody has it.
            guards.putIfAbsent(undo.producerId, undo.guard);
        }
    }

    /** The high watermark moved: transactions whose marker is below it hold nobody back any more. */
    public void onHighWatermark(long highWatermark) {
        if (!unsettledTransactions.isEmpty()) {
            unsettledTransactions.values().removeIf(markerOffset -> markerOffset < highWatermark);
        }
    }

    /** How far a reader of committed data may go: to the first undecided transaction, or the high watermark. */
    public long lastStableOffset(long highWatermark) {
        long stable = highWatermark;
        if (!openTransactions.isEmpty()) {
            stable = Math.min(stable, openTransactions.firstKey());
        }
        if (!unsettledTransactions.isEmpty()) {
            stable = Math.min(stable, unsettledTransactions.firstKey());
        }
        return stable;
    }

    /** Whether this producer has an open transaction here. */
    public boolean inTransaction(long producerId) {
        ProducerEntry entry = producers.get(producerId);
        return entry != null && entry.inTransaction();
    }

    /** The newest epoch seen of a producer; -1 if it is unknown. */
    public short epochOf(long producerId) {
        ProducerEntry entry = producers.get(producerId);
        return entry == null ? -1 : entry.epoch();
    }

    /**
     * Every producer that is remembered, the quietest first.
     *
     * @param aheadMs how far the clock that people read is ahead of the time that producers are remembered by
     */
    public List<ActiveProducer> active(long aheadMs) {
        List<ActiveProducer> active = new ArrayList<>(producers.size());
        producers.forEach((producerId, entry) -> active.add(new ActiveProducer(
                producerId,
                entry.epoch(),
                entry.lastSequence(),
                entry.lastTimestampMs() + aheadMs,
                entry.coordinatorEpoch(),
                entry.transactionFirstOffset())));
        return active;
    }

    /**
     * The newest thing that the log holds of a producer.
     *
     * @param epoch the producer's newest epoch
     * @param lastDataOffset where its last batch of that epoch ends; -1 if only a marker told the epoch
     */
    public record LastRecord(short epoch, long lastDataOffset) {}

    /** The last record of every producer, by producer id: what compaction must not remove all trace of. A copy. */
    public Map<Long, LastRecord> lastRecords() {
        Map<Long, LastRecord> last = new HashMap<>();
        producers.forEach((producerId, entry) -> {
            List<Batch> batches = entry.batches();
            long offset =
                    batches.isEmpty() ? -1 : batches.get(batches.size() - 1).lastOffset();
            last.put(producerId, new LastRecord(entry.epoch(), offset));
        });
        return last;
    }

    public int producerCount() {
        return producers.size();
    }

    /** Forgets the producers that have been silent for too long and have no open transaction. */
    public void removeExpired(long nowMs) {
        if (!producers.isEmpty()) {
            producers.values().removeIf(entry -> isExpired(entry, nowMs));
        }
        if (!guards.isEmpty()) {
            guards.values().removeIf(guard -> nowMs - guard.createdMs() >= expirationMs);
        }
    }

    /** Remembers silent producers for another time, in ms, from now on. */
    public void expireAfter(long ms) {
        expirationMs = ms;
    }

    boolean isExpired(ProducerEntry entry, long nowMs) {
        return !entry.inTransaction() && nowMs - entry.lastTimestampMs() >= expirationMs;
    }

    /** Forgets everything, before a snapshot is loaded or the log is replayed. */
    public void clear() {
        producers.clear();
        openTransactions.clear();
        unsettledTransactions.clear();
        guards.clear();
        turnedAway.clear();
    }

    /** Every producer, quietest first. */
    Map<Long, ProducerEntry> producers() {
        return producers;
    }

    /** Takes an entry from a snapshot. */
    void restore(long producerId, ProducerEntry entry) {
        if (entry.inTransaction()) {
            openTransactions.put(entry.transactionFirstOffset(), producerId);
        }
        put(producerId, entry);
    }
}
