package io.headrace.core.coordinator;

/** Says which partition of its coordinators' topic a group, or a transactional id, lives in. */
public final class PartitionOfKey {
    private PartitionOfKey() {}

    /**
     * The partition of a key: the hash of Java's strings without its sign, modulo the partition count. Every tool that
     * looks for a coordinator relies on just this.
     */
    public static int of(String key, int partitionCount) {
        return (key.hashCode() & Integer.MAX_VALUE) % partitionCount;
    }
}
