package io.headrace.storage.disk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A directory of a simulated disk: the names as processes see them, and the names a power cut leaves. */
final class SimulatedDirectory implements SimulatedInode {
    final TreeMap<String, SimulatedInode> entries = new TreeMap<>();
    private final TreeMap<String, SimulatedInode> durableEntries = new TreeMap<>();

    /** One name given, taken away (inode null) or pointed elsewhere. */
    record Assignment(
            SimulatedDirectory directory,
            String name,
            @Nullable SimulatedInode inode) {
        private void applyTo(Map<String, SimulatedInode> names) {
            if (inode == null) {
                names.remove(name);
            } else {
                names.put(name, inode);
            }
        }
    }

    /** A creation, rename or deletion that is not durable yet; its assignments reach the disk together or not at all. */
    record Change(List<Assignment> assignments) {
        boolean touches(List<SimulatedDirectory> directories) {
            return assignments.stream().anyMatch(assignment -> directories.contains(assignment.directory()));
        }

        /** Makes the change visible to processes. */
        void apply() {
            assignments.forEach(assignment -> assignment.applyTo(assignment.directory().entries));
        }

        void makeDurable() {
            assignments.forEach(assignment -> assignment.applyTo(assignment.directory().durableEntries));
        }
    }

    /** Makes durable the changes of {@code directory}, and the earlier ones they build on, and takes them off the list. */
    static void sync(SimulatedDirectory directory, List<Change> pending) {
        List<SimulatedDirectory> synced = new ArrayList<>(List.of(directory));
        List<Change> kept = new ArrayList<>();
        List<Change> flushed = new ArrayList<>();
        // Backwards: a rename out of this directory drags in what happened earlier where it arrived.
        for (int i = pending.size() - 1; i >= 0; i--) {
            Change change = pending.get(i);
            if (change.touches(synced)) {
                change.assignments().forEach(assignment -> synced.add(assignment.directory()));
                flushed.add(0, change);
            } else {
                kept.add(0, change);
            }
        }
        flushed.forEach(Change::makeDurable);
        pending.clear();
        pending.addAll(kept);
    }

    /** The tree a power cut leaves below {@code root} when exactly the changes {@code kept} got through. */
    static SimulatedDirectory crashed(SimulatedDirectory root, List<Change> kept, SplittableRandom random) {
        Map<SimulatedInode, Map<String, SimulatedInode>> names = new HashMap<>();
        for (Change change : kept) {
            for (Assignment assignment : change.assignments()) {
                assignment.applyTo(names.computeIfAbsent(
                        assignment.directory(), key -> new TreeMap<>(assignment.directory().durableEntries)));
            }
        }
        return crashed(root, names, new HashMap<>(), random);
    }

    private static SimulatedDirectory crashed(
            SimulatedDirectory directory,
            Map<SimulatedInode, Map<String, SimulatedInode>> names,
            Map<SimulatedInode, SimulatedInode> done,
            SplittableRandom random) {
        SimulatedDirectory result = new SimulatedDirectory();
        names.getOrDefault(directory, directory.durableEntries).forEach((name, inode) -> {
            SimulatedInode after = done.get(inode);
            if (after == null) {
                after = inode instanceof SimulatedContents contents
                        ? contents.crashed(random)
                        : crashed((SimulatedDirectory) inode, names, done, random);
                done.put(inode, after);
            }
            result.entries.put(name, after);
            result.durableEntries.put(name, after);
        });
        return result;
    }

    /** Copies inodes, each once, so that what was one inode under several names stays one. */
    static final class Copier {
        private final Map<SimulatedInode, SimulatedInode> done = new HashMap<>();

        SimulatedInode copy(SimulatedInode inode) {
            SimulatedInode known = done.get(inode);
            if (known != null) {
                return known;
            }
            if (inode instanceof SimulatedContents contents) {
                SimulatedContents copy = contents.copy();
                done.put(inode, copy);
                return copy;
            }
            return copyDirectory((SimulatedDirectory) inode);
        }

        private SimulatedDirectory copyDirectory(SimulatedDirectory directory) {
            SimulatedDirectory copy = new SimulatedDirectory();
            done.put(directory, copy);
            directory.entries.forEach((name, inode) -> copy.entries.put(name, copy(inode)));
            directory.durableEntries.forEach((name, inode) -> copy.durableEntries.put(name, copy(inode)));
            return copy;
        }

        Change copy(Change change) {
            return new Change(change.assignments().stream()
                    .map(assignment -> new Assignment(
                            (SimulatedDirectory) copy(assignment.directory()),
                            assignment.name(),
                            assignment.inode() == null ? null : copy(assignment.inode())))
                    .toList());
        }
    }

    /** The bytes of all files in and below this directory. */
    long usedBytes() {
        long total = 0;
        for (SimulatedInode inode : entries.values()) {
            total += inode instanceof SimulatedContents contents
                    ? contents.current().sizeBytes()
                    : ((SimulatedDirectory) inode).usedBytes();
        }
        return total;
    }
}
