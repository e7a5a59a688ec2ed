package io.headrace.server.coordinator;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.PartitionOfKey;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Groups, or transactional ids, that were loaded from another partition than the one they are looked for in, and so are never
 * found: an earlier build placed some differently, and who gives the topic more partitions moves most. Owned by the
 * coordinator thread.
 */
final class MisplacedKeys {
    private static final Logger LOG = System.getLogger(MisplacedKeys.class.getName());

    private int count;
    private String example = "";

    /** Looks at what was loaded from a partition. */
    void count(Coordinator loaded, int partition, int partitionCount) {
        loaded.forEachKey(key -> {
            int due = PartitionOfKey.of(key, partitionCount);
            if (due != partition) {
                count++;
                example = key + " in partition " + partition + " instead of " + due;
            }
        });
    }

    /** Tells the operator of those that were counted since this was last called. */
    void report(CoordinatorShards.Kind<?> kind) {
        if (count > 0) {
            LOG.log(
                    Level.WARNING,
                    "{0} {1} cannot be found, as they lie in partitions of {2} that are not theirs, such as {3}. {4}",
                    count,
                    kind.subject(),
                    kind.topic(),
                    example,
                    kind.misplacedAdvice());
            count = 0;
        }
    }
}
