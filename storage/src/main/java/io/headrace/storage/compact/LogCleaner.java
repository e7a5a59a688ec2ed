package io.headrace.storage.compact;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.storage.CompactionTarget;
import io.headrace.storage.CompactionTarget.Source;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.StoreCompaction;
import io.headrace.storage.checkpoint.CleanerCheckpoint;
import io.headrace.storage.compact.LogCompaction.CompactionWork;
import io.headrace.storage.compact.LogCompaction.Result;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.StaleLogViewException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compacts the logs that need it, the dirtiest first, and remembers in {@value CleanerCheckpoint#NAME} how far each is
 * compacted.
 *
 * <p>Passive: whoever owns it calls {@link #runOnce} now and then, from one thread that may block. {@link #stop} and
 * {@link #counters} are for any thread.
 */
public final class LogCleaner {
    private static final Logger LOG = System.getLogger(LogCleaner.class.getName());

    /** How long a log that nobody uses is left alone after a look at its files: without appends, only time changes it. */
    private static final long LOOK_AGAIN_MS = 3_600_000;

    private final StoreCompaction store;
    private final CompactedLogs compacted;
    private final Supplier<CompactionOptions> options;
    private final LongSupplier clockMs;
    private final long seed;
    private final CleanerCheckpoint checkpoint;
    private final CompactionCounters counters = new CompactionCounters();
    private final CompactionWork work;
    /** By directory name. */
    private final Map<String, CleanedLog> logs = new HashMap<>();
    /** What the checkpoint said of directories that no partition has been found for yet; null before the first run. */
    private @Nullable Map<String, Long> stored;

    private boolean awaitsCheckpoint;
    private volatile boolean stopped;

    /**
     * @param compacted the partitions to look after
     * @param options asked before each compaction
     * @param throttle keeps the rate of reading and writing down
     * @param clockMs the time, in milliseconds since the epoch
     * @param seed a random number; see {@link KeyOffsets}
     */
    public LogCleaner(
            StoreCompaction store,
            CompactedLogs compacted,
            Supplier<CompactionOptions> options,
            IoThrottle throttle,
            LongSupplier clockMs,
            long seed) {
        this.store = store;
        this.compacted = compacted;
        this.options = options;
        this.clockMs = clockMs;
        this.seed = seed;
        this.checkpoint = store.checkpoint();
        this.work = new CompactionWork(throttle, counters, () -> stopped || !store.isWritable());
    }

    /** What was done so far. */
    public CompactionCounters counters() {
        return counters;
    }

    /** Makes a compaction that is going on end soon, and lets no other begin. */
    public void stop() {
        stopped = true;
    }

    /**
     * Looks at every compacted log, and compacts those that need it.
     *
     * @return how many were compacted; if any, others may need it by now
     * @throws IOException if the checkpoint cannot be read or written
     */
    public int runOnce() throws IOException {
        awaitsCheckpoint = false;
        findLogs();
        List<CleanedLog> due = new ArrayList<>();
        double dirtiest = 0;
        int uncleanable = 0;
        for (CleanedLog log : logs.values()) {
            if (log.uncleanable) {
                uncleanable++;
            } else if (!stopped && !log.awaitsRetry(clockMs.getAsLong()) && isDue(log)) {
                due.add(log);
            }
            dirtiest = Math.max(dirtiest, log.dirtyRatio);
        }
        counters.onLook(uncleanable, dirtiest);
        due.sort(Comparator.comparingDouble((CleanedLog log) -> log.dirtyRatio).reversed());
        int done = 0;
        for (CleanedLog log : due) {
            if (!stopped && store.isWritable() && compact(log)) {
                done++;
            }
        }
        return done;
    }

    /**
     * Whether the last run left a log alone only because a checkpoint has to come first, and asked for one. For the thread
     * that calls {@link #runOnce}.
     */
    public boolean awaitsCheckpoint() {
        return awaitsCheckpoint;
    }

    private void findLogs() throws IOException {
        Map<String, Long> known = stored == null ? checkpoint.read() : stored;
        stored = known;
        boolean first = logs.isEmpty();
        List<CleanedLog> replaced = new ArrayList<>();
        logs.values().forEach(log -> log.exists = false);
        compacted.forEach((id, config) -> {
            String name = id.directoryName();
            CleanedLog log = logs.get(name);
            if (log == null || !log.id.equals(id)) {
                // What is known of a directory is not about a topic that was made after another of its name.
                Long cleanedTo = log == null ? known.get(name) : null;
                if (log != null) {
                    replaced.add(log);
                }
                log = new CleanedLog(id, config, cleanedTo == null ? CleanedLog.NEVER : cleanedTo);
                logs.put(name, log);
            }
            known.remove(name);
            log.config = config;
            log.exists = true;
        });
        boolean gone = logs.values().removeIf(log -> !log.exists);
        if (gone || !replaced.isEmpty() || (first && !known.isEmpty())) {
            known.clear();
            writeCheckpoint();
        }
    }

    private void writeCheckpoint() throws IOException {
        checkpoint.write(() -> {
            Map<String, Long> offsets = new TreeMap<>();
            // Only of those that there are now: a deleted one may have been forgotten there already.
            compacted.forEach((id, config) -> {
                CleanedLog log = logs.get(id.directoryName());
                if (log != null && log.id.equals(id) && log.cleanedTo >= 0) {
                    offsets.put(id.directoryName(), log.cleanedTo);
                }
            });
            return offsets;
        });
    }

    /** Whether a log needs compaction as far as can be told without asking the log writer. */
    private boolean isDue(CleanedLog log) {
        PartitionReplica replica = store.replicaIfPresent(log.id);
        LogView view = replica == null ? null : replica.view();
        try {
            if (view != null) {
                if (view.segmentCount() <= 1) {
                    log.dirtyRatio = 0;
                    return false;
                }
                CleanableRange range =
                        CleanableRange.of(view, log.config, log.cleanedTo, Long.MAX_VALUE, clockMs.getAsLong());
                log.dirtyRatio = range.dirtyRatio();
                return range.isDue(log.config);
            }
            boolean unopened = replica == null || replica.status() == PartitionReplica.Status.UNOPENED;
            return unopened && isUnopenedDue(log);
        } catch (StaleLogViewException | NoSuchFileException e) {
            return false; // it changes just now; there is a next time
        } catch (IOException | RuntimeException e) {
            onFailure(log, replica, e);
            return false;
        }
    }

    private boolean isUnopenedDue(CleanedLog log) throws IOException {
        long nowMs = clockMs.getAsLong();
        if (nowMs < log.lookAgainMs) {
            return false;
        }
        log.lookAgainMs = nowMs + LOOK_AGAIN_MS;
        Path dir = store.directory().resolve(log.id.directoryName());
        log.dirtyRatio = SegmentListing.dirtyRatio(store.disk(), dir, log.cleanedTo);
        return SegmentListing.isWorthALook(log.dirtyRatio, log.config);
    }

    private boolean compact(CleanedLog log) throws IOException {
        PartitionReplica replica = store.replica(log.id, log.config);
        if (replica == null) {
            return false;
        }
        Result result;
        try {
            result = compact(log, replica);
        } catch (DiskFullException e) {
            counters.onFailure();
            LOG.log(Level.WARNING, "No room to compact {0}; will try again: {1}", log.id, e.getMessage());
            return false;
        } catch (StaleLogViewException | NoSuchFileException | CompactionCancelledException e) {
            LOG.log(Level.DEBUG, "Compaction of {0} given up: {1}", log.id, e.getMessage());
            return false;
        } catch (IOException | RuntimeException e) {
            onFailure(log, replica, e);
            return false;
        }
        log.onSuccess();
        if (result == null) {
            return false;
        }
        log.cleanedTo = result.cleanTo();
        writeCheckpoint();
        return true;
    }

    /** Returns null if it turns out that there is nothing to do, or not yet. */
    private @Nullable Result compact(CleanedLog log, PartitionReplica replica) throws IOException {
        CompactionTarget target = store.target(replica);
        Source source = target.begin();
        if (source == null) {
            return null;
        }
        long nowMs = clockMs.getAsLong();
        TopicConfig config = source.config();
        CleanableRange range = CleanableRange.of(source.view(), config, log.cleanedTo, source.safeOffset(), nowMs);
        if (!range.isDue(config)) {
            CleanableRange soon = CleanableRange.of(source.view(), config, log.cleanedTo, Long.MAX_VALUE, nowMs);
            log.dirtyRatio = soon.dirtyRatio();
            if (soon.isDue(config)) {
                awaitsCheckpoint = true;
                store.checkpointSoon();
            }
            return null;
        }
        CompactionOptions limits = options.get();
        KeyOffsets keys = new KeyOffsets(limits.keyMapBytesMax(), limits.keyMapLoadFactor(), seed);
        Result result = new LogCompaction(target, source, range, keys, work, limits.bufferBytes(), nowMs).run();
        counters.onRun();
        log.dirtyRatio = 0;
        LOG.log(
                Level.INFO,
                "Compacted {0} up to offset {1}: {2} bytes became {3}, in {4} ms with {5}",
                log.id,
                result.cleanTo(),
                result.bytesBefore(),
                result.bytesAfter(),
                clockMs.getAsLong() - nowMs,
                keys);
        return result;
    }

    /** Leaves a log alone, so that the others get their turn: for good if it is damaged, else for some time. */
    private void onFailure(CleanedLog log, @Nullable PartitionReplica replica, Exception why) {
        TopicIdPartition id = log.id;
        if ((replica != null && replica.isDeleted()) || !store.isWritable()) {
            return;
        }
        counters.onFailure();
        if (why instanceof CorruptLogException) {
            log.uncleanable = true;
            log.dirtyRatio = 0;
            LOG.log(Level.ERROR, "Log of " + id + " is damaged, and not compacted until the next start", why);
        } else {
            log.onFailure(clockMs.getAsLong());
            LOG.log(Level.ERROR, "Compaction of " + id + " failed; will try again", why);
        }
    }
}
