package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** Segments below a log's start that are no part of it any more, until their files have other names. Owned by the log's writer. */
final class RemovedSegments {
    private static final Logger LOGGER = System.getLogger(RemovedSegments.class.getName());

    private final Disk disk;
    private final Path dir;
    /** Those of whose files some still have their names; oldest first. */
    private final Deque<LogSegment> named = new ArrayDeque<>(0);

    RemovedSegments(Disk disk, Path dir) {
        this.disk = disk;
        this.dir = dir;
    }

    void add(LogSegment[] segments) {
        Collections.addAll(named, segments);
    }

    boolean isEmpty() {
        return named.isEmpty();
    }

    /** Lets go of the files of those that still have their names. */
    void retire() {
        named.forEach(LogSegment::retire);
    }

    /**
     * Gives the files other names. If there is no room for one, it and what follows is left for the next call.
     *
     * @param syncEach whether the names are to be durable one segment after the other
     * @return the new names that were given now
     */
    List<Path> rename(boolean syncEach) throws IOException {
        List<Path> renamed = new ArrayList<>();
        try {
            while (!named.isEmpty()) {
                LogSegment segment = named.getFirst();
                segment.retire();
                SegmentFiles.markDeleted(disk, dir, segment.baseOffset(), renamed);
                named.removeFirst();
                if (syncEach) {
                    disk.syncDirectory(dir);
                }
            }
        } catch (DiskFullException e) {
            LOGGER.log(Level.WARNING, "No room yet to rename old segments of {0}: {1}", dir, e.getMessage());
        }
        return renamed;
    }
}
