package io.headrace.core.group;

/** Says which partition of {@code __consumer_offsets} a group lives in. */
public final class GroupPartition {
    private GroupPartition() {}

    /**
     * The partition of a group: the hash of Java's strings without its sign, modulo the partition count. Every tool that
     * looks for a group's coordinator relies on just this.
     */
    public static int of(String groupId, int partitionCount) {
        return (groupId.hashCode() & Integer.MAX_VALUE) % partitionCount;
    }
}
