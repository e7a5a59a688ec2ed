package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.storage.log.LogFootprint;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Directories whose topic is not known any more, as after a power cut that took back the rename of a deletion. They get a name
 * that ends in {@code -stray} and are kept, as Kafka does: what they hold may be missed by somebody. A directory that does not
 * tell whose it is, or tells it with damage, is left alone.
 *
 * <p>The executor for slow work looks at the directories, some at a time; the log writer renames.
 */
final class StrayDirectories {
    private static final Logger LOG = System.getLogger(StrayDirectories.class.getName());
    private static final int DIRECTORIES_AT_ONCE = 256;

    private record Stray(String name, TopicIdPartition id) {}

    private final LogStore store;
    private final TopicCatalog catalog;
    private final PartitionDirectories directories;
    private final Executor io;

    StrayDirectories(LogStore store, TopicCatalog catalog, PartitionDirectories directories, Executor io) {
        this.store = store;
        this.catalog = catalog;
        this.directories = directories;
        this.io = io;
    }

    /** Looks at every directory in the background. */
    void look() {
        List<String> names = directories.partitions();
        if (!names.isEmpty()) {
            io.execute(() -> look(names.iterator()));
        }
    }

    private void look(Iterator<String> names) {
        List<Stray> found = new ArrayList<>();
        for (int i = 0; i < DIRECTORIES_AT_ONCE && names.hasNext(); i++) {
            String name = names.next();
            TopicIdPartition id = idOf(name);
            if (id != null && catalog.find(id.topicId()) == null) {
                found.add(new Stray(name, id));
            }
        }
        if (!found.isEmpty()) {
            store.writer().enqueueInternal(WriterTask.of(nowMs -> found.forEach(this::setAside)));
        }
        if (names.hasNext()) {
            io.execute(() -> look(names));
        }
    }

    /** Whose directory it is; null if it does not tell. */
    private @Nullable TopicIdPartition idOf(String name) {
        try {
            LogFootprint footprint =
                    LogFootprint.of(store.disk(), store.directory().resolve(name));
            int dash = name.lastIndexOf('-');
            if (footprint == null || isDamaged(footprint, name.substring(0, dash))) {
                return null;
            }
            return new TopicIdPartition(
                    footprint.topicId(), name.substring(0, dash), Integer.parseInt(name, dash + 1, name.length(), 10));
        } catch (IOException | NumberFormatException e) {
            LOG.log(Level.DEBUG, "Directory {0} does not tell whose it is: {1}", name, e.getMessage());
            return null;
        }
    }

    private boolean isDamaged(LogFootprint footprint, String topic) {
        UUID living = catalog.idOf(topic);
        return living != null && footprint.hasDamagedIdOf(living);
    }

    /** Renames one, unless that has come to an end in another way meanwhile. */
    private void setAside(Stray stray) {
        if (!store.isWritable()
                || catalog.find(stray.id().topicId()) != null
                || store.replicaIfPresent(stray.id()) != null
                || !stray.id().equals(idOf(stray.name()))) {
            return;
        }
        try {
            String kept = directories.setAside(stray.name(), stray.id().topicId());
            store.checkpointer().forget(stray.name());
            LOG.log(
                    Level.WARNING,
                    "Directory {0} belongs to topic id {1}, which is not known here; it is kept as {2}",
                    stray.name(),
                    stray.id().topicId(),
                    kept);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Renaming the stray directory " + stray.name() + " failed", e);
        }
    }
}
