package io.headrace.cli.produce;

import org.jspecify.annotations.Nullable;

/**
 * Chooses partitions as the Java client does, so that a key lands where that client would put it: by the murmur2 hash of
 * the key; without a key it stays with one partition until told to move on, which makes for full batches.
 */
final class Partitioner {
    private static final int SEED = 0x9747b28c;
    private static final int MULTIPLIER = 0x5bd1e995;
    private static final int SHIFT = 24;
    private static final int POSITIVE = 0x7fffffff;

    private final int partitionCount;
    private int sticky;

    Partitioner(int partitionCount, int firstSticky) {
        this.partitionCount = partitionCount;
        this.sticky = Math.floorMod(firstSticky, partitionCount);
    }

    int partition(byte @Nullable [] key) {
        return key == null ? sticky : (murmur2(key) & POSITIVE) % partitionCount;
    }

    /** A batch for the partition of records without a key is complete. */
    void moveOn() {
        sticky = (sticky + 1) % partitionCount;
    }

    /** Austin Appleby's MurmurHash2 (public domain) of 32 bits, reading four bytes at a time, lowest first. */
    static int murmur2(byte[] data) {
        int hash = SEED ^ data.length;
        int whole = data.length & ~3;
        for (int i = 0; i < whole; i += 4) {
            int k = (data[i] & 0xff) | ((data[i + 1] & 0xff) << 8) | ((data[i + 2] & 0xff) << 16) | (data[i + 3] << 24);
            k *= MULTIPLIER;
            k ^= k >>> SHIFT;
            hash = (hash * MULTIPLIER) ^ (k * MULTIPLIER);
        }
        int left = data.length - whole;
        for (int i = left - 1; i >= 0; i--) {
            hash ^= (data[whole + i] & 0xff) << (8 * i);
        }
        if (left > 0) {
            hash *= MULTIPLIER;
        }
        hash ^= hash >>> 13;
        hash *= MULTIPLIER;
        return hash ^ (hash >>> 15);
    }
}
