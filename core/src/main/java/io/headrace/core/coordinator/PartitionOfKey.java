package io.headrace.core.coordinator;

/** Says which partition of its coordinators' topic a group, or a transactional id, lives in. */
public final class PartitionOfKey {
    private PartitionOfKey() {}

    /**
     * The partition of a key: the magnitude of the hash of Java's strings, modulo the partition count; 0 for the one hash that
     * has no opposite. Every tool that looks for a coordinator relies on just this.
     */
    public static int of(String key, int partitionCount) {
        int hash = key.hashCode();
        return hash == Integer.MIN_VALUE ? 0 : Math.abs(hash) % partitionCount;
    }
}
