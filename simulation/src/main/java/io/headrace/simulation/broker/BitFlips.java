package io.headrace.simulation.broker;

import io.headrace.simulation.world.Trace;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.journal.GroupPlaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Flips single bits on the disk of a broker that is down: in files that can be made again from others, which no client may
 * notice; and in the journal, which must be refused until the bit is right again.
 */
final class BitFlips {
    private static final List<String> DERIVED =
            List.of(".index", ".timeindex", ".txnindex", ".txncheck", ".snapshot", "leader-epoch-checkpoint");
    /** What says nothing that a log or a second copy does not say. */
    private static final List<String> CHECKPOINTS = List.of(
            "recovery-point-offset-checkpoint",
            "replication-offset-checkpoint",
            "log-start-offset-checkpoint",
            "cleaner-offset-checkpoint");

    private static final String JOURNAL = "journal";
    /** The last group cannot be told from one that was not finished, and the one before from the last, if that was not. */
    private static final int LAST_GROUPS_SPARED = 2;

    private static final int NEWEST_GROUPS = 3;

    private record Flip(Path file, long bit) {}

    private final SplittableRandom random;
    private final Trace trace;
    private final Consumer<String> counter;
    /** A bit of the journal that is wrong. */
    private @Nullable Flip inJournal;

    BitFlips(SplittableRandom random, Trace trace, Consumer<String> counter) {
        this.random = random;
        this.trace = trace;
        this.counter = counter;
    }

    /** Flips one bit in a file of some kind, each kind as likely as the others. */
    void flipOne(SimulatedDisk disk, Path dir) throws IOException {
        Map<String, List<Path>> files = filesByKind(disk, dir);
        if (files.isEmpty()) {
            return;
        }
        List<String> kinds = List.copyOf(files.keySet());
        String kind = kinds.get(random.nextInt(kinds.size()));
        List<Path> ofKind = files.getOrDefault(kind, List.of());
        Flip flip = kind.equals(JOURNAL)
                ? ofJournal(disk, dir.resolve(JOURNAL))
                : of(disk, ofKind.get(random.nextInt(ofKind.size())));
        if (flip == null) {
            return;
        }
        disk.flipBit(flip.file(), flip.bit());
        inJournal = kind.equals(JOURNAL) ? flip : inJournal;
        counter.accept("flipped bits");
        counter.accept("flipped bits of " + kind);
        trace.note("bit " + flip.bit() + " of " + flip.file() + " flips");
    }

    private Map<String, List<Path>> filesByKind(SimulatedDisk disk, Path dir) throws IOException {
        Map<String, List<Path>> files = new TreeMap<>();
        for (String name : disk.list(dir)) {
            Path path = dir.resolve(name);
            if (CHECKPOINTS.contains(name)) {
                add(files, name, path);
            } else if (disk.isDirectory(path)) {
                for (String inside : disk.list(path)) {
                    String kind = name.equals(JOURNAL) ? JOURNAL : kind(inside);
                    Path file = path.resolve(inside);
                    if (kind != null && disk.sizeBytes(file) > 0) {
                        add(files, kind, file);
                    }
                }
            }
        }
        if (inJournal != null) {
            files.remove(JOURNAL);
        }
        return files;
    }

    private static void add(Map<String, List<Path>> files, String kind, Path file) {
        files.computeIfAbsent(kind, any -> new ArrayList<>()).add(file);
    }

    private static @Nullable String kind(String name) {
        for (String end : DERIVED) {
            if (name.endsWith(end)) {
                return end;
            }
        }
        return null;
    }

    private Flip of(SimulatedDisk disk, Path file) throws IOException {
        return new Flip(file, random.nextLong(disk.sizeBytes(file) * 8));
    }

    /** A bit of a group that others follow. */
    private @Nullable Flip ofJournal(SimulatedDisk disk, Path journal) throws IOException {
        List<GroupPlaces.Place> groups = GroupPlaces.in(disk, journal);
        int candidates = groups.size() - LAST_GROUPS_SPARED;
        if (candidates <= 0) {
            return null;
        }
        // Old ones are not needed any more.
        GroupPlaces.Place group = groups.get(random.nextInt(Math.max(0, candidates - NEWEST_GROUPS), candidates));
        return new Flip(group.file(), group.position() * 8 + random.nextLong(group.sizeBytes() * 8L));
    }

    /** The journal was refused: puts the bit right, if there is one that is wrong. */
    boolean repairJournal(SimulatedDisk disk) {
        Flip flip = inJournal;
        if (flip == null) {
            return false;
        }
        inJournal = null;
        try {
            disk.flipBit(flip.file(), flip.bit());
        } catch (IOException e) {
            trace.violation("W9: " + flip.file() + " was refused and is gone: " + e);
        }
        counter.accept("damaged journals refused");
        trace.note("bit " + flip.bit() + " of " + flip.file() + " is put right");
        return true;
    }

    /** The broker has started: what was wrong was not needed. */
    void forgetJournal() {
        inJournal = null;
    }
}
