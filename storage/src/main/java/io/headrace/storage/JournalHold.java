package io.headrace.storage;

import java.util.HashMap;
import java.util.Map;

/**
 * Which groups of the journal must stay although a checkpoint has passed them: the partitions named here could not take what is
 * in there, or could not bring it to disk, and the journal is the only place that has it. Such a partition lets go when it is
 * deleted, or recovered after all.
 *
 * <p>While something is held the journal may become full. Then each group of appends is made durable by syncing the
 * partitions' own files, which is slower. Owned by the log writer.
 */
final class JournalHold {
    private final Map<PartitionReplica, Long> firstNeeded = new HashMap<>();

    /** A partition needs the groups from this sequence on, and maybe earlier ones that it has named before. */
    void keepFrom(PartitionReplica replica, long sequence) {
        firstNeeded.merge(replica, sequence, Math::min);
    }

    /** A partition needs all that the journal has now. */
    void keepAll(PartitionReplica replica) {
        keepFrom(replica, 0);
    }

    /** A partition needs nothing more than a checkpoint that includes it. */
    void letGo(PartitionReplica replica) {
        firstNeeded.remove(replica);
    }

    boolean isEmpty() {
        return firstNeeded.isEmpty();
    }

    /** The last group that may be released, at most {@code sequence}; below 1 if none may. */
    long limit(long sequence) {
        long limit = sequence;
        for (long needed : firstNeeded.values()) {
            limit = Math.min(limit, needed - 1);
        }
        return limit;
    }
}
