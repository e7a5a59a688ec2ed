package io.headrace.simulation;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.simulation.broker.Tampering;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Brokers that are wrong about their disk, or lose something at a start. */
final class BrokenDisks {
    private BrokenDisks() {}

    private static Tampering onDisk(UnaryOperator<Disk> disk) {
        return new Tampering() {
            @Override
            public Disk disk(Disk real) {
                return disk.apply(real);
            }
        };
    }

    /** The journal is not synced: records are acknowledged before they are on disk. */
    static Tampering journalIsNotSynced() {
        return skippingSyncs(BrokenDisks::isJournal);
    }

    /** Segments are not synced before the journal forgets their records. */
    static Tampering segmentsAreNotSynced() {
        return skippingSyncs(BrokenDisks::isSegment);
    }

    /** What compaction has written is not synced before it takes the place of what it was made from. */
    static Tampering compactedSegmentsAreNotSynced() {
        return skippingSyncs(path -> path.toString().endsWith(".cleaned"));
    }

    /** The metadata log is not synced: topics are acknowledged before they are on disk. */
    static Tampering metadataIsNotSynced() {
        return skippingSyncs(BrokenDisks::isMetadata);
    }

    private static boolean isJournal(Path path) {
        return path.toString().contains("/journal/");
    }

    private static boolean isMetadata(Path path) {
        return path.toString().contains("/metadata/");
    }

    private static boolean isSegment(Path path) {
        return path.toString().endsWith(".log") && !isMetadata(path) && !isJournal(path);
    }

    private static Tampering skippingSyncs(Predicate<Path> skipped) {
        return onDisk(real -> new DiskTampering(real) {
            @Override
            void sync(Path path, DiskFile file) throws IOException {
                if (!skipped.test(path)) {
                    file.sync();
                }
            }
        });
    }

    /** Names are not made durable. */
    static Tampering directoriesAreNotSynced() {
        return onDisk(real -> new DiskTampering(real) {
            @Override
            public void syncDirectory(Path dir) {
                // The name may be lost with the power.
            }
        });
    }

    /** A failed sync is tried again, succeeds, and is taken for good. */
    static Tampering failedSyncsAreTriedAgain() {
        return tryingSyncsAgain(path -> true, 30);
    }

    /** A failed sync of the metadata log is tried again, succeeds, and is taken for good. */
    static Tampering failedSyncsOfMetadataAreTriedAgain() {
        return tryingSyncsAgain(BrokenDisks::isMetadata, 3);
    }

    /** A failed sync of the journal or a segment is tried again, succeeds, and is taken for good. */
    static Tampering failedSyncsOfRecordsAreTriedAgain() {
        return tryingSyncsAgain(path -> isJournal(path) || isSegment(path), 30);
    }

    /** Every so many syncs of some files fail, once each. */
    private static Tampering tryingSyncsAgain(Predicate<Path> which, int oneIn) {
        return new Tampering() {
            private int syncs;

            @Override
            public void beforeStart(SimulatedDisk disk, Path dir) {
                disk.failWhen((operation, path, step) ->
                        operation == SimulatedDisk.Operation.SYNC && which.test(path) && ++syncs % oneIn == 0);
            }

            @Override
            public Disk disk(Disk real) {
                return new DiskTampering(real) {
                    @Override
                    void sync(Path path, DiskFile file) throws IOException {
                        try {
                            file.sync();
                        } catch (IOException e) {
                            if (!which.test(path)) {
                                throw e;
                            }
                            file.sync();
                        }
                    }
                };
            }
        };
    }

    /** Now and then a write to a segment is lost on its way, without an error. */
    static Tampering writesGetLost() {
        return onDisk(real -> new DiskTampering(real) {
            private int writes;

            @Override
            long write(Path path, DiskFile file, ByteBuffer[] sources, int from, int count, long position)
                    throws IOException {
                boolean lost = path.toString().endsWith(".log") && ++writes % 50 == 0 && position > 0;
                if (!lost) {
                    return file.write(sources, from, count, position);
                }
                long size = 0;
                for (int i = from; i < from + count; i++) {
                    size += sources[i].remaining();
                    sources[i].position(sources[i].limit());
                }
                return size;
            }
        });
    }

    /** What is read from segments is damaged now and then, and nobody looks. */
    static Tampering readsAreDamaged() {
        return onDisk(real -> new DiskTampering(real) {
            private int reads;

            @Override
            int read(Path path, DiskFile file, ByteBuffer target, long position) throws IOException {
                int start = target.position();
                int count = file.read(target, position);
                if (path.toString().endsWith(".log") && count > RecordBatch.HEADER_SIZE_BYTES && ++reads % 40 == 0) {
                    int at = start + count - 1;
                    target.put(at, (byte) (target.get(at) ^ 1));
                }
                return count;
            }
        });
    }

    private interface BeforeStart {
        void run(SimulatedDisk disk, Path dir) throws IOException;
    }

    private static Tampering beforeStart(BeforeStart action) {
        return new Tampering() {
            @Override
            public void beforeStart(SimulatedDisk disk, Path dir) throws IOException {
                action.run(disk, dir);
            }
        };
    }

    /** A start does not look into the journal. */
    static Tampering journalIsNotReplayed() {
        return beforeStart((disk, dir) -> {
            for (String name : disk.list(dir.resolve("journal"))) {
                disk.delete(dir.resolve("journal").resolve(name));
            }
        });
    }

    /** A start cuts one batch too much off each partition, in the journal's and the recovery points' absence. */
    static Tampering recoveryCutsTooMuch() {
        return beforeStart((disk, dir) -> {
            for (String name : disk.list(dir.resolve("journal"))) {
                disk.delete(dir.resolve("journal").resolve(name));
            }
            disk.delete(dir.resolve("recovery-point-offset-checkpoint"));
            for (String name : disk.list(dir)) {
                if (name.startsWith("durable-") && disk.isDirectory(dir.resolve(name))) {
                    cutLastBatch(disk, dir.resolve(name));
                }
            }
        });
    }

    private static void cutLastBatch(SimulatedDisk disk, Path partition) throws IOException {
        Path last = null;
        for (String name : disk.list(partition)) {
            if (name.endsWith(".log")) {
                last = partition.resolve(name);
            }
        }
        if (last == null) {
            return;
        }
        try (DiskFile file = disk.open(last, OpenMode.READ_WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(bytes, 0);
            int position = 0;
            int lastStart = 0;
            while (position + RecordBatch.HEADER_SIZE_BYTES <= bytes.position()) {
                int size = RecordBatch.at(bytes, position).sizeBytes();
                if (size <= 0 || position + size > bytes.position()) {
                    break;
                }
                lastStart = position;
                position += size;
            }
            file.truncate(lastStart);
            file.sync();
        }
    }

    /** The stored offsets of groups are lost at a start. */
    static Tampering offsetsAreForgotten() {
        return beforeStart((disk, dir) -> {
            for (String name : disk.list(dir.resolve("journal"))) {
                disk.delete(dir.resolve("journal").resolve(name));
            }
            for (String name : disk.list(dir)) {
                if (name.startsWith("__consumer_offsets-") && disk.isDirectory(dir.resolve(name))) {
                    for (String file : disk.list(dir.resolve(name))) {
                        disk.delete(dir.resolve(name).resolve(file));
                    }
                    disk.delete(dir.resolve(name));
                }
            }
        });
    }
}
