package io.headrace.core.group;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds offsets and groups that have outlived their use.
 *
 * <p>Offsets of a group with members are kept as long as the group reads the topic, and all of them while the group is
 * not stable (KAFKA-13636); those of a group without members live for the retention time after the last member left.
 * Offsets of partitions that no group protocol manages live for the retention time after the commit (KIP-211).
 */
final class OffsetExpiry {
    private final GroupSettings settings;
    private final OffsetStore offsets;

    OffsetExpiry(GroupSettings settings, OffsetStore offsets) {
        this.settings = settings;
        this.offsets = offsets;
    }

    /** The offsets of a group that have expired. */
    List<GroupChange> expiredOffsets(ClassicGroup group, long nowMs) {
        List<GroupChange> expired = new ArrayList<>();
        if (!mayExpireOffsets(group)) {
            return expired;
        }
        offsets.ofGroup(group.id).forEach((topic, partitions) -> {
            if (group.mayBeSubscribedTo(topic)) {
                return;
            }
            partitions.forEach((partition, offset) -> {
                OffsetStore.Place place = new OffsetStore.Place(topic, partition);
                if (isExpired(group, offset, nowMs)
                        && !offsets.isStaged(group.id, place)
                        && !offsets.isInFlight(group.id, place)) {
                    expired.add(new GroupChange.OffsetDeleted(group.id, topic, partition));
                }
            });
        });
        return expired;
    }

    /** Whether nothing would be left of a group once these offsets are gone, and nobody is about to join it. */
    boolean isAbandoned(ClassicGroup group, int expiredCount) {
        int keptCount = offsets.ofGroup(group.id).values().stream()
                        .mapToInt(partitions -> partitions.size())
                        .sum()
                - expiredCount;
        return group.isIn(GroupState.EMPTY)
                && keptCount == 0
                && group.pendingMembers().isEmpty()
                && !offsets.hasOpenTransactions(group.id)
                && !offsets.hasInFlight(group.id);
    }

    private static boolean mayExpireOffsets(ClassicGroup group) {
        if (group.protocolType() == null || group.isIn(GroupState.EMPTY)) {
            return true;
        }
        return group.isIn(GroupState.STABLE) && group.isConsumerGroup() && group.knowsSubscribedTopics();
    }

    private boolean isExpired(ClassicGroup group, CommittedOffset offset, long nowMs) {
        if (offset.expireTimestampMs() != -1) {
            return nowMs >= offset.expireTimestampMs();
        }
        boolean countsFromEmpty =
                group.protocolType() != null && group.isIn(GroupState.EMPTY) && group.stateTimestampMs() != -1;
        long unusedSinceMs = countsFromEmpty ? group.stateTimestampMs() : offset.commitTimestampMs();
        return nowMs - unusedSinceMs >= settings.offsetsRetentionMs();
    }
}
