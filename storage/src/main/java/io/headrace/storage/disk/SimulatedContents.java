package io.headrace.storage.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file of a simulated disk: its bytes as processes see them, the bytes that are surely durable, and what was done in
 * between.
 */
final class SimulatedContents implements SimulatedInode {
    /** What a disk writes whole or not at all. */
    static final int SECTOR_BYTES = 512;

    private final MemoryImage current;
    private final MemoryImage durable;
    private final List<Change> pending = new ArrayList<>();
    private long lastModifiedMs;

    SimulatedContents() {
        this(new MemoryImage(), new MemoryImage(), 0);
    }

    private SimulatedContents(MemoryImage current, MemoryImage durable, long lastModifiedMs) {
        this.current = current;
        this.durable = durable;
        this.lastModifiedMs = lastModifiedMs;
    }

    private SimulatedContents durable(MemoryImage image) {
        return new SimulatedContents(image, image.fork(), lastModifiedMs);
    }

    /** The same file, changing on its own from now on. */
    SimulatedContents copy() {
        SimulatedContents copy = new SimulatedContents(current.fork(), durable.fork(), lastModifiedMs);
        copy.pending.addAll(pending);
        return copy;
    }

    /** A write of {@code data}, of {@code sizeBytes} zeros when {@code data} is null, or a cut at {@code position}. */
    private static final class Change {
        final boolean cut;
        final long position;
        final byte @Nullable [] data;
        final long sizeBytes;

        Change(boolean cut, long position, byte @Nullable [] data, long sizeBytes) {
            this.cut = cut;
            this.position = position;
            this.data = data;
            this.sizeBytes = sizeBytes;
        }

        long end() {
            return position + sizeBytes;
        }

        void applyTo(MemoryImage image) {
            if (cut) {
                image.resize(Math.min(position, image.sizeBytes()));
            } else if (data == null) {
                image.writeZeros(sizeBytes, position);
            } else {
                image.write(data, 0, data.length, position);
            }
        }

        /** Applies only what lies before {@code limit}. */
        void applyTo(MemoryImage image, long limit) {
            long count = Math.min(sizeBytes, limit - position);
            if (cut || count <= 0) {
                return;
            }
            if (data == null) {
                image.writeZeros(count, position);
            } else {
                image.write(data, 0, (int) count, position);
            }
        }

        void applyTo(byte[] sector, long sectorStart) {
            int from = (int) Math.max(0, position - sectorStart);
            int to = cut ? SECTOR_BYTES : (int) Math.min(SECTOR_BYTES, end() - sectorStart);
            if (data == null) {
                Arrays.fill(sector, from, to, (byte) 0);
            } else {
                System.arraycopy(data, (int) (sectorStart + from - position), sector, from, to - from);
            }
        }
    }

    /** The bytes as processes see them. */
    MemoryImage current() {
        return current;
    }

    long lastModifiedMs() {
        return lastModifiedMs;
    }

    void write(byte[] data, long position, long nowMs) {
        lastModifiedMs = nowMs;
        if (data.length == 0) {
            return;
        }
        boolean zeros = ByteBuffer.wrap(data).mismatch(ByteBuffer.allocate(data.length)) < 0;
        apply(new Change(false, position, zeros ? null : data, data.length));
    }

    void truncate(long sizeBytes) {
        if (sizeBytes < current.sizeBytes()) {
            apply(new Change(true, sizeBytes, null, 0));
        }
    }

    private void apply(Change change) {
        change.applyTo(current);
        pending.add(change);
    }

    void sync() {
        pending.forEach(change -> change.applyTo(durable));
        pending.clear();
    }

    /**
     * A sync that failed: what was dirty now counts as clean. Processes go on seeing it, the disk never will, and the next
     * sync succeeds.
     */
    void loseUnflushed() {
        pending.clear();
    }

    void flipBit(long bitIndex) {
        current.flipBit(bitIndex);
        if (bitIndex / Byte.SIZE < durable.sizeBytes()) {
            durable.flipBit(bitIndex);
        }
    }

    /** The file after a power cut; the random numbers say how much of the unflushed changes got through. */
    SimulatedContents crashed(SplittableRandom random) {
        if (pending.isEmpty()) {
            return durable(durable.fork());
        }
        return durable(
                switch (random.nextInt(6)) {
                    case 0 -> durable.fork();
                    case 1 -> tornAfter(pending.size(), random);
                    case 2 -> tornAfter(random.nextInt(pending.size()), random);
                    case 3 -> anySubset(random);
                    case 4 -> sectorsInAnyOrder(random, false);
                    default -> sectorsInAnyOrder(random, true);
                });
    }

    /** The first changes whole, the next one up to some sector boundary. */
    private MemoryImage tornAfter(int count, SplittableRandom random) {
        MemoryImage image = durable.fork();
        pending.subList(0, count).forEach(change -> change.applyTo(image));
        if (count < pending.size()) {
            Change torn = pending.get(count);
            long firstSector = torn.position / SECTOR_BYTES;
            long sectors = torn.end() / SECTOR_BYTES - firstSector;
            torn.applyTo(image, (firstSector + random.nextInt((int) sectors + 1)) * SECTOR_BYTES);
        }
        return image;
    }

    private MemoryImage anySubset(SplittableRandom random) {
        MemoryImage image = durable.fork();
        for (Change change : pending) {
            if (random.nextBoolean()) {
                change.applyTo(image);
            }
        }
        return image;
    }

    /**
     * Each sector as it was at some moment since the last sync, and likewise the size. Where the file grew but no data
     * arrived there are zeros, or anything at all.
     */
    private MemoryImage sectorsInAnyOrder(SplittableRandom random, boolean garbage) {
        long size = anySizeSinceSync(random);
        MemoryImage image = durable.fork();
        if (garbage && size > durable.sizeBytes()) {
            byte[] noise = new byte[Math.toIntExact(size - durable.sizeBytes())];
            random.nextBytes(noise);
            image.write(noise, 0, noise.length, durable.sizeBytes());
        }
        for (Map.Entry<Long, List<Change>> entry : changesBySector().entrySet()) {
            int kept = random.nextInt(entry.getValue().size() + 1);
            if (kept > 0) {
                byte[] sector = new byte[SECTOR_BYTES];
                durable.read(ByteBuffer.wrap(sector), entry.getKey());
                entry.getValue().subList(0, kept).forEach(change -> change.applyTo(sector, entry.getKey()));
                image.write(sector, 0, SECTOR_BYTES, entry.getKey());
            }
        }
        image.resize(size);
        return image;
    }

    private long anySizeSinceSync(SplittableRandom random) {
        long size = durable.sizeBytes();
        for (Change change : pending.subList(0, random.nextInt(pending.size() + 1))) {
            size = change.cut ? Math.min(size, change.position) : Math.max(size, change.end());
        }
        return size;
    }

    /** The changes of each sector in order, by the position where the sector starts. */
    private Map<Long, List<Change>> changesBySector() {
        Map<Long, List<Change>> bySector = new TreeMap<>();
        long size = durable.sizeBytes();
        for (Change change : pending) {
            long end = change.cut ? size : change.end();
            for (long at = change.position / SECTOR_BYTES * SECTOR_BYTES; at < end; at += SECTOR_BYTES) {
                bySector.computeIfAbsent(at, key -> new ArrayList<>()).add(change);
            }
            size = Math.max(size, end);
        }
        return bySector;
    }
}
