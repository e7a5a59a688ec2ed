package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.journal.JournalEntry;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.FileSlice;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.ProducerReplay;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Brings the partitions' files up to what the journal knows to be durable, after a crash.
 *
 * <p>The journal is the authority: where a segment holds another batch at an offset than the journal does, the segment has
 * kept something that was taken back, and is cut there. What a segment holds beyond the journal was never acknowledged as
 * durable but is sound, and stays.
 *
 * <p>A partition that cannot take its entries does not hold the others up. It is offline, and the journal keeps them: until
 * there is room, if that was missing, else until a start at which the partition takes them, or its end.
 */
final class JournalReplay {
    private static final Logger LOG = System.getLogger(JournalReplay.class.getName());

    private static final int WAITING_ENTRIES_MAX = 4096;

    private final LogStore store;
    private final TopicCatalog catalog;
    /** Those to replay to; null for all. */
    private final @Nullable Set<PartitionReplica> only;

    private final long nowMs;
    private final List<JournalEntry> waiting = new ArrayList<>();

    /** Where the journal's knowledge of a partition ends. */
    private final Map<PartitionReplica, Long> journaledTo = new HashMap<>();

    private long entriesSeen;
    private long batchesRestored;

    /** @param only the partitions to replay to; null for all */
    JournalReplay(LogStore store, TopicCatalog catalog, @Nullable Set<PartitionReplica> only, long nowMs) {
        this.store = store;
        this.catalog = catalog;
        this.only = only;
        this.nowMs = nowMs;
        store.opener().beginReplay();
    }

    /** There are no more entries: readers may see the result. */
    void end() throws IOException {
        applyWaiting();
        Iterable<PartitionReplica> replayed = only == null ? store.replicas() : only;
        syncBeyondJournal(replayed);
        store.opener().endReplay();
        for (PartitionReplica replica : replayed) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                replica.recovered();
            }
            if (replica.hasLog()) {
                replica.log().recovered().forget();
            }
        }
        if (entriesSeen > 0) {
            LOG.log(
                    Level.INFO,
                    "Recovered {0}: {1} journal entries read, {2} batches restored from them",
                    store.directory(),
                    entriesSeen,
                    batchesRestored);
        }
    }

    /** What a log has beyond the journal is about to be told to be durable. The rest the journal keeps until a checkpoint. */
    private void syncBeyondJournal(Iterable<PartitionReplica> replayed) throws IOException {
        List<ParallelTasks.Task> syncs = new ArrayList<>();
        for (PartitionReplica replica : replayed) {
            if (replica.status() == PartitionReplica.Status.OPEN
                    && replica.config().fsync()
                    && replica.log().logEndOffset() > journaledTo.getOrDefault(replica, -1L)) {
                syncs.add(() -> sync(replica.log()));
            }
        }
        store.runAll(syncs);
    }

    private static void sync(PartitionLog log) throws IOException {
        try {
            log.syncRecovered();
        } catch (DiskFullException e) {
            LOG.log(Level.DEBUG, "No room for what goes with the batches of {0}: {1}", log.dir(), e.getMessage());
        }
    }

    /**
     * Takes the next entry, in the journal's order. If its log is not open yet, it is brought back with others, or by {@link
     * #end}: entries of different partitions do not depend on each other.
     */
    void apply(JournalEntry entry) throws IOException {
        PartitionReplica replica = replica(entry.topicId(), entry.partition());
        if (replica == null) {
            entriesSeen++;
            return;
        }
        if (replica.status() == PartitionReplica.Status.OPEN) {
            applyNow(replica, entry);
            return;
        }
        waiting.add(entry);
        if (waiting.size() == WAITING_ENTRIES_MAX) {
            applyWaiting();
        }
    }

    /** Opens all the logs that the entries name at once, for that takes the most time. */
    private void applyWaiting() throws IOException {
        Set<PartitionReplica> named = new LinkedHashSet<>();
        for (JournalEntry entry : waiting) {
            PartitionReplica replica = replica(entry.topicId(), entry.partition());
            if (replica != null) {
                named.add(replica);
            }
        }
        store.openAll(named, nowMs);
        for (JournalEntry entry : waiting) {
            PartitionReplica replica = replica(entry.topicId(), entry.partition());
            if (replica != null) {
                applyNow(replica, entry);
            }
        }
        waiting.clear();
    }

    private void applyNow(PartitionReplica replica, JournalEntry entry) throws IOException {
        entriesSeen++;
        if (store.pendingReplay().contains(replica)) {
            return;
        }
        try {
            if (replica.ensureOpen(nowMs)) {
                applyTo(replica, entry);
            } else if (replica.isUnreachable()) {
                throw new IOException("Cannot recover " + replica.id() + ": " + replica.problem());
            } else if (replica.status() == PartitionReplica.Status.UNOPENED) {
                throw new DiskFullException("No room to recover " + replica.id() + " in " + store.directory(), null);
            }
        } catch (DiskFullException e) {
            store.pendingReplay().add(replica, e);
        } catch (CorruptLogException e) {
            replica.takeOffline(e);
        }
        if (replica.status() == PartitionReplica.Status.OFFLINE) {
            store.checkpointer().hold().keepFrom(replica, entry.sequence());
        }
    }

    private void applyTo(PartitionReplica replica, JournalEntry entry) throws IOException {
        switch (entry.type()) {
            case JournalEntryType.APPEND -> append(replica, entry);
            case JournalEntryType.LOG_START -> moveLogStart(replica, entry.offset());
            case JournalEntryType.TRUNCATE -> {
                truncate(replica.log(), entry.offset());
                journaledTo.computeIfPresent(replica, (key, end) -> Math.min(end, entry.offset()));
            }
            default ->
                throw new IOException("The journal has an entry of unknown type " + entry.type() + " for "
                        + replica.id() + " at offset " + entry.offset());
        }
    }

    private void moveLogStart(PartitionReplica replica, long offset) throws IOException {
        PartitionLog log = replica.log();
        if (offset <= log.logStartOffset()) {
            return;
        }
        if (offset <= log.logEndOffset()) {
            log.advanceLogStartTo(offset);
        } else {
            // Its records were in the page cache only and are lost, but who trimmed it was told where it starts.
            store.checkpointer().resetRecoveryPoint(replica);
            log.startAnewAt(offset).delete(store.disk());
            store.markDirty(replica);
        }
        store.checkpointer().logStartMoved(replica, offset);
    }

    private @Nullable PartitionReplica replica(UUID topicId, int partition) {
        TopicCatalog.Topic topic = catalog.find(topicId);
        if (topic == null) {
            return null;
        }
        PartitionReplica replica =
                store.replica(new TopicIdPartition(topicId, topic.name(), partition), topic.config());
        return only == null || only.contains(replica) ? replica : null;
    }

    private void append(PartitionReplica replica, JournalEntry entry) throws IOException {
        RecordBatch first = RecordBatch.at(entry.head(), 0);
        boolean alone = first.sizeBytes() == entry.payloadBytes();
        if (alone && first.baseOffset() <= replica.log().logEndOffset() && !lacks(replica, first)) {
            // There is no need to read the rest of it.
            journaledTo.merge(replica, first.nextOffset(), Math::max);
        } else {
            append(replica, entry.payload());
        }
    }

    private void append(PartitionReplica replica, ByteBuffer bytes) throws IOException {
        PartitionLog log = replica.log();
        RecordBatch batch = RecordBatch.at(bytes, bytes.position());
        long journaled = -1;
        while (batch.position() < bytes.limit()) {
            if (batch.baseOffset() > log.logEndOffset()) {
                replica.takeOffline(new CorruptLogException(
                        store.directory().resolve(replica.id().directoryName()),
                        log.view().sizeBytes(),
                        log.logEndOffset(),
                        "the log ends and the journal goes on at offset " + batch.baseOffset()));
                break;
            }
            journaled = batch.nextOffset();
            if (lacks(replica, batch)) {
                restore(replica, batch, bytes);
            }
            if (!batch.advance()) {
                break;
            }
        }
        journaledTo.merge(replica, journaled, Math::max);
    }

    /** Whether the log needs a batch that it does not have. Of the batch only its header is looked at. */
    private boolean lacks(PartitionReplica replica, RecordBatch batch) throws IOException {
        PartitionLog log = replica.log();
        if (log.recovered().contains(batch)) {
            return false;
        }
        long checked = store.checkpointer().recoveryPoint(replica.id().directoryName());
        if (batch.lastOffset() < checked || batch.lastOffset() < log.logStartOffset()) {
            return false;
        }
        return batch.baseOffset() >= log.logEndOffset() || !holds(log, batch);
    }

    /** Whether the segment has this very batch at its offset. */
    private static boolean holds(PartitionLog log, RecordBatch batch) throws IOException {
        // The log may start inside the batch.
        FileSlice slice = log.view()
                .read(
                        Math.max(batch.baseOffset(), log.logStartOffset()),
                        RecordBatch.HEADER_SIZE_BYTES,
                        true,
                        log.logEndOffset())
                .records();
        if (slice == null) {
            return false;
        }
        try {
            ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_SIZE_BYTES);
            slice.file().read(header, slice.position());
            if (header.hasRemaining()) {
                return false;
            }
            RecordBatch stored = RecordBatch.at(header, 0);
            return stored.baseOffset() == batch.baseOffset()
                    && stored.lengthField() == batch.lengthField()
                    && stored.crc() == batch.crc();
        } finally {
            slice.release();
        }
    }

    private void truncate(PartitionLog log, long offset) throws IOException {
        log.truncateTo(offset).delete(store.disk());
    }

    private void restore(PartitionReplica replica, RecordBatch batch, ByteBuffer bytes) throws IOException {
        PartitionLog log = replica.log();
        long logStartOffset = log.logStartOffset();
        if (batch.baseOffset() < log.logEndOffset()) {
            truncate(log, batch.baseOffset());
        }
        CompletedTransaction completed = ProducerReplay.apply(log.producers(), batch, store.steadyMs(nowMs));
        log.append(
                new ByteBuffer[] {bytes.slice(batch.position(), batch.sizeBytes())},
                0,
                1,
                completed == null ? List.of() : List.of(completed),
                nowMs);
        log.advanceLogStartTo(Math.min(logStartOffset, log.logEndOffset()));
        store.markDirty(replica);
        batchesRestored++;
    }
}
