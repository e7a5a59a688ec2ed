package io.headrace.simulation.broker;

import io.headrace.simulation.world.Trace;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    private static final int PAGE_BYTES = 4096;
    private static final int GROUP_HEADER_BYTES = 44;
    private static final int GROUP_MAGIC = 0x48524a02;
    private static final int SEQUENCE_AT = 16;
    private static final int HEADERS_BYTES_AT = 32;
    private static final int BODY_BYTES_AT = 36;
    /** The last group cannot be told from one that was not finished, and the one before from the last, if that was not. */
    private static final int LAST_GROUPS_SPARED = 2;

    private static final int NEWEST_GROUPS = 3;

    private record Flip(Path file, long bit) {}

    private record Group(Path file, long position, long sizeBytes) {}

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
        Flip flip =
                kind.equals(JOURNAL) ? ofJournal(disk, ofKind) : of(disk, ofKind.get(random.nextInt(ofKind.size())));
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
    private @Nullable Flip ofJournal(SimulatedDisk disk, List<Path> files) throws IOException {
        TreeMap<Long, Group> groups = new TreeMap<>();
        for (Path path : files) {
            try (DiskFile file = disk.open(path, OpenMode.READ)) {
                for (long at = 0; at + PAGE_BYTES <= file.sizeBytes(); at += PAGE_BYTES) {
                    ByteBuffer header = ByteBuffer.allocate(GROUP_HEADER_BYTES);
                    file.read(header, at);
                    if (header.getInt(0) == GROUP_MAGIC) {
                        long size = (long) header.getInt(HEADERS_BYTES_AT) + header.getInt(BODY_BYTES_AT);
                        groups.put(header.getLong(SEQUENCE_AT), new Group(path, at, size));
                    }
                }
            }
        }
        List<Group> followed = new ArrayList<>(groups.values());
        int candidates = followed.size() - LAST_GROUPS_SPARED;
        if (candidates <= 0) {
            return null;
        }
        // Old ones are not needed any more.
        Group group = followed.get(random.nextInt(Math.max(0, candidates - NEWEST_GROUPS), candidates));
        return new Flip(group.file(), group.position() * 8 + random.nextLong(group.sizeBytes() * 8));
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
