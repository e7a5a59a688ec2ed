package io.headrace.simulation.history;

import java.util.Arrays;

/** A map from long to a non-negative int, in two arrays: histories have millions of values. */
final class LongMap {
    static final int ABSENT = -1;

    private long[] keys = new long[16];
    private int[] values = new int[16];
    private int size;

    LongMap() {
        Arrays.fill(values, ABSENT);
    }

    int get(long key) {
        return values[slot(keys, values, key)];
    }

    void put(long key, int value) {
        int slot = slot(keys, values, key);
        if (values[slot] == ABSENT) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
        if (size * 2 > keys.length) {
            grow();
        }
    }

    private static int slot(long[] keys, int[] values, long key) {
        int mask = keys.length - 1;
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (values[slot] != ABSENT && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] newKeys = new long[keys.length * 2];
        int[] newValues = new int[newKeys.length];
        Arrays.fill(newValues, ABSENT);
        for (int i = 0; i < keys.length; i++) {
            if (values[i] != ABSENT) {
                int slot = slot(newKeys, newValues, keys[i]);
                newKeys[slot] = keys[i];
                newValues[slot] = values[i];
            }
        }
        keys = newKeys;
        values = newValues;
    }
}
