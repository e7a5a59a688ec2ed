package io.headrace.storage.compact;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The last offset of each key, in bounded memory. Not thread-safe.
 *
 * <p>A key is known by 16 bytes: itself if it is no longer than 15 bytes, else a hash of it with a secret. Two long keys
 * with the same 127 bits of hash would be taken for one, which does not happen by chance, nor on purpose without knowing
 * the secret. Memory grows with the keys: there are many small tables, of which one at a time is enlarged. They are kept
 * sparse, and so quick, as long as there is memory for that.
 *
 * <pre>
 *  a slot is three longs:  16 bytes of the key or its hash  |  the offset plus one, 0 in a free slot
 * </pre>
 */
public final class KeyOffsets {
    /** Makes a second secret of the first. */
    private static final long OTHER_SECRET = 0x9FB21C651E98DF25L;
    /** Fuller than this, a table is enlarged if there is memory: searches get longer. */
    private static final double SPARSE_LOAD_FACTOR = 0.5;

    private static final int KEPT_WHOLE_BYTES_MAX = 15;
    private static final long HASHED_FLAG = 0x80;

    private static final int TABLE_BITS = 6;
    private static final int TABLES = 1 << TABLE_BITS;
    private static final int SLOT_LONGS = 3;
    /** What one slot takes, in bytes. */
    public static final int SLOT_BYTES = SLOT_LONGS * Long.BYTES;

    private static final int TABLE_SLOTS_MIN = 8;
    private static final long[] NO_SLOTS = {};

    private final long memoryBytesMax;
    private final double loadFactor;
    private final long seed;
    private final SipHash128 hash;
    private final long[][] tables = new long[TABLES][];
    private final int[] counts = new int[TABLES];
    private long slots;
    private int size;
    private long high;
    private long low;

    /**
     * @param memoryBytesMax what all tables together may take; the first key always fits
     * @param loadFactor how full a table may get when memory is short, above 0 and below 1
     * @param seed a secret random number, so that nobody can choose keys that meet in one place
     */
    public KeyOffsets(long memoryBytesMax, double loadFactor, long seed) {
        if (!(loadFactor > 0 && loadFactor < 1)) {
            throw new IllegalArgumentException("load factor " + loadFactor + ", expected above 0 and below 1");
        }
        this.memoryBytesMax = memoryBytesMax;
        this.loadFactor = loadFactor;
        this.seed = seed;
        hash = new SipHash128(seed, seed * OTHER_SECRET ^ OTHER_SECRET);
        clear();
    }

    /** Forgets all keys and gives the memory back. */
    public void clear() {
        Arrays.fill(tables, NO_SLOTS);
        Arrays.fill(counts, 0);
        slots = 0;
        size = 0;
    }

    /** How many keys there are. */
    public int size() {
        return size;
    }

    /** What the tables take. */
    public long memoryBytes() {
        return slots * SLOT_BYTES;
    }

    /**
     * Notes the offset of a key, in place of an earlier one.
     *
     * @return false if it is a new key and there is no room for it
     */
    public boolean put(ByteBuffer key, long offset) {
        identify(key);
        long mixed = mix();
        int table = (int) (mixed >>> (Long.SIZE - TABLE_BITS));
        int at = find(tables[table], mixed);
        if (at < 0 || tables[table][at + 2] == 0) {
            if (isFuller(table, Math.min(loadFactor, SPARSE_LOAD_FACTOR))) {
                boolean enlarged = enlarge(table);
                if (!enlarged && isFuller(table, loadFactor)) {
                    return false;
                }
                at = find(tables[table], mixed);
            }
            counts[table]++;
            size++;
        }
        long[] slotsOfTable = tables[table];
        slotsOfTable[at] = high;
        slotsOfTable[at + 1] = low;
        slotsOfTable[at + 2] = offset + 1;
        return true;
    }

    /** Whether a table with one key more would be. */
    private boolean isFuller(int table, double load) {
        return counts[table] + 1 > (int) (load * slotCount(tables[table]));
    }

    /** The last offset noted for a key; -1 if there is none. */
    public long offsetOf(ByteBuffer key) {
        identify(key);
        long mixed = mix();
        long[] table = tables[(int) (mixed >>> (Long.SIZE - TABLE_BITS))];
        int at = find(table, mixed);
        return at < 0 ? -1 : table[at + 2] - 1;
    }

    /** Sets {@link #high} and {@link #low}. The last byte tells a short key's length, or that it is a hash. */
    private void identify(ByteBuffer key) {
        int length = key.remaining();
        if (length > KEPT_WHOLE_BYTES_MAX) {
            hash.hash(key);
            high = hash.high();
            low = hash.low() | HASHED_FLAG;
            return;
        }
        int position = key.position();
        long first = 0;
        long second = 0;
        for (int i = 0; i < length; i++) {
            long b = key.get(position + i) & 0xffL;
            if (i < Long.BYTES) {
                first |= b << (56 - 8 * i);
            } else {
                second |= b << (56 - 8 * (i - Long.BYTES));
            }
        }
        high = first;
        low = second | length;
    }

    /** Spreads the key over all 64 bits. */
    private long mix() {
        long x = (high ^ seed) * 0x9E3779B97F4A7C15L;
        x = (x ^ (x >>> 32) ^ low) * 0xD6E8FEB86659FD93L;
        x = (x ^ (x >>> 32)) * 0xD6E8FEB86659FD93L;
        return x ^ (x >>> 32);
    }

    /** Where the key is in a table, or the free slot where it would be; -1 in a table without slots. */
    private int find(long[] table, long mixed) {
        int slotCount = slotCount(table);
        if (slotCount == 0) {
            return -1;
        }
        int slot = (int) (((mixed & 0xffffffffL) * slotCount) >>> 32);
        while (true) {
            int at = slot * SLOT_LONGS;
            if (table[at + 2] == 0 || (table[at] == high && table[at + 1] == low)) {
                return at;
            }
            slot = slot + 1 == slotCount ? 0 : slot + 1;
        }
    }

    private static int slotCount(long[] table) {
        return table.length / SLOT_LONGS;
    }

    private boolean enlarge(int table) {
        long[] old = tables[table];
        long oldSlots = slotCount(old);
        long newSlots = Math.max(TABLE_SLOTS_MIN, oldSlots + (oldSlots >>> 1));
        if (size > 0 && (slots - oldSlots + newSlots) * SLOT_BYTES > memoryBytesMax) {
            return false;
        }
        long wantedHigh = high;
        long wantedLow = low;
        long[] larger = new long[Math.toIntExact(newSlots * SLOT_LONGS)];
        for (int from = 0; from < old.length; from += SLOT_LONGS) {
            if (old[from + 2] != 0) {
                high = old[from];
                low = old[from + 1];
                System.arraycopy(old, from, larger, find(larger, mix()), SLOT_LONGS);
            }
        }
        high = wantedHigh;
        low = wantedLow;
        tables[table] = larger;
        slots += newSlots - oldSlots;
        return true;
    }

    @Override
    public String toString() {
        return size + " keys in " + memoryBytes() + " of " + memoryBytesMax + " bytes";
    }
}
