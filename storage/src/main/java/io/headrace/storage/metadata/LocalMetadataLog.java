package io.headrace.storage.metadata;

import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The metadata log of a single node: commands in a file, durable before anyone learns of their outcome.
 *
 * <p>Any thread may propose, read the image and add listeners. One thread, the owner, calls {@link #runOnce} whenever it was
 * woken; that carries out everything proposed until then with one write and one sync. Refused commands are answered but
 * not written: nothing follows from them.
 */
public final class LocalMetadataLog implements MetadataLog, AutoCloseable {
    private static final Logger LOG = System.getLogger(LocalMetadataLog.class.getName());

    /** A length of log that is read in a few milliseconds at the next start. */
    public static final long SNAPSHOT_LOG_BYTES_DEFAULT = 1 << 20;

    private static final long SNAPSHOT_AT_CLOSE_BYTES = 64 * 1024;
    /** The most proposals that wait. */
    static final int PROPOSALS_MAX = 10_000;
    /** The most commands that one write carries. */
    private static final int GROUP_COMMANDS_MAX = 1_000;

    private record Waiting(List<MetadataCommand> commands, Proposal proposal) {}

    private record Answer(Proposal proposal, List<CommandResult> results) {}

    private final MetadataDirectory directory;
    private final long snapshotLogBytes;
    private final Runnable wakeup;
    private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final PublishedImage published;
    private volatile @Nullable String failure;

    private LocalMetadataLog(MetadataDirectory directory, long snapshotLogBytes, Runnable wakeup) {
        this.directory = directory;
        this.snapshotLogBytes = snapshotLogBytes;
        this.wakeup = wakeup;
        this.published = new PublishedImage(directory.image());
    }

    /**
     * Opens the log, creating it if there is none, and recovers the image from it.
     *
     * @param directory where its files are; created when missing, in a directory that exists
     * @param random gives each new file its salt
     * @param snapshotLogBytes how long the log grows before a snapshot replaces it, at the least
     * @param wakeup called by proposing threads when there is something to do; must not block
     * @throws CorruptMetadataException when something is damaged that was acknowledged
     * @throws NewerMetadataException when a newer version wrote the files
     */
    public static LocalMetadataLog open(
            Disk disk, Path directory, RandomGenerator random, long snapshotLogBytes, Runnable wakeup)
            throws IOException {
        return new LocalMetadataLog(MetadataDirectory.open(disk, directory, random), snapshotLogBytes, wakeup);
    }

    @Override
    public void propose(List<MetadataCommand> commands, Proposal proposal) {
        String failed = failure;
        if (failed != null) {
            proposal.failed(ErrorCode.KAFKA_STORAGE_ERROR, failed);
        } else if (queued.incrementAndGet() > PROPOSALS_MAX) {
            queued.decrementAndGet();
            proposal.failed(ErrorCode.REQUEST_TIMED_OUT, "Too many changes of metadata are waiting.");
        } else {
            queue.add(new Waiting(List.copyOf(commands), proposal));
            wakeup.run();
        }
    }

    @Override
    public MetadataImage image() {
        return published.image();
    }

    @Override
    public void addListener(Listener listener) {
        published.addListener(listener);
    }

    /**
     * Carries out what was proposed, up to a bound. Called by the owner only.
     *
     * @return whether there was anything, so that it is worth calling again at once
     * @throws IOException when the disk failed; from then on every proposal fails, and the node should stop
     */
    public boolean runOnce() throws IOException {
        ArrayDeque<Waiting> group = takeGroup();
        if (group.isEmpty()) {
            return false;
        }
        String failed = failure;
        if (failed != null) {
            refuse(group, failed);
            return true;
        }
        try {
            carryOut(group);
        } catch (DiskFullException e) {
            // Nothing was acknowledged; a later try writes to the same place.
            refuse(group, "The disk is full: " + e.getMessage());
        } catch (IOException e) {
            failure = "The metadata log failed: " + e.getMessage();
            refuse(group, "The metadata log failed: " + e.getMessage());
            throw e;
        }
        return true;
    }

    private ArrayDeque<Waiting> takeGroup() {
        ArrayDeque<Waiting> group = new ArrayDeque<>();
        int commands = 0;
        Waiting next = queue.peek();
        while (next != null && (group.isEmpty() || commands + next.commands().size() <= GROUP_COMMANDS_MAX)) {
            queue.remove();
            queued.decrementAndGet();
            group.add(next);
            commands += next.commands().size();
            next = queue.peek();
        }
        return group;
    }

    private void carryOut(ArrayDeque<Waiting> group) throws IOException {
        MetadataImage after = image();
        List<MetadataCommand> accepted = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        for (Waiting waiting : group) {
            List<CommandResult> results = new ArrayList<>();
            for (MetadataCommand command : waiting.commands()) {
                MetadataImage.Applied applied = after.apply(command);
                results.add(applied.result());
                if (applied.result().isOk()) {
                    accepted.add(command);
                    after = applied.image();
                }
            }
            answers.add(new Answer(waiting.proposal(), List.copyOf(results)));
        }
        if (!accepted.isEmpty()) {
            directory.append(accepted, after);
            published.publish(after);
        }
        group.clear();
        for (Answer answer : answers) {
            tell(() -> answer.proposal().committed(answer.results(), image()));
        }
        takeSnapshotIfDue();
    }

    private void takeSnapshotIfDue() throws IOException {
        // Twice the last snapshot's size: so a large cluster does not spend its time on snapshots.
        if (directory.logSizeBytes() >= Math.max(snapshotLogBytes, 2 * directory.snapshotSizeBytes())) {
            directory.takeSnapshot();
        }
    }

    private static void refuse(ArrayDeque<Waiting> group, String message) {
        for (Waiting waiting : group) {
            tell(() -> waiting.proposal().failed(ErrorCode.KAFKA_STORAGE_ERROR, message));
        }
    }

    /** An error in what one asker does with its answer must keep neither the others from theirs nor the log from going on. */
    private static void tell(Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Answering a change of the metadata failed", e);
        }
    }

    /** Closes the files. Called by the owner, after its last {@link #runOnce}. */
    @Override
    public void close() throws IOException {
        try (directory) {
            if (failure == null && directory.logSizeBytes() >= SNAPSHOT_AT_CLOSE_BYTES) {
                // Reading a snapshot is quicker than carrying out all commands again.
                directory.takeSnapshot();
            }
        }
    }
}
