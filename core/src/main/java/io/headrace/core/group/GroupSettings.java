package io.headrace.core.group;

import io.headrace.core.config.GroupConfig;

/**
 * The limits and times a group coordinator keeps to.
 *
 * @param initialRebalanceDelayMs how long the first member of an empty group waits for others;
 *     {@code group.initial.rebalance.delay.ms}
 * @param sessionTimeoutMsMin the shortest session a member may ask for; {@code group.min.session.timeout.ms}
 * @param sessionTimeoutMsMax the longest; {@code group.max.session.timeout.ms}
 * @param groupSizeMax members a group may have; {@code group.max.size}
 * @param pendingMembersMax members a group may have that were given an id and have not come back with it
 * @param groupsMax groups one partition may hold
 * @param newMemberJoinTimeoutMs how long a member that does not know its id yet may wait in a rebalance
 * @param offsetMetadataCharsMax length of the text that goes with an offset; {@code offset.metadata.max.bytes}
 * @param offsetsRetentionMs how long offsets live without use; {@code offsets.retention.minutes}
 * @param offsetsRetentionCheckIntervalMs how often that is looked at; {@code offsets.retention.check.interval.ms}
 * @param appendTimeoutMs how long an answer waits for its records to be durable; {@code offsets.commit.timeout.ms}
 * @param tombstonesMax records written by one round of expiry; the rest follows in the next
 */
public record GroupSettings(
        int initialRebalanceDelayMs,
        int sessionTimeoutMsMin,
        int sessionTimeoutMsMax,
        int groupSizeMax,
        int pendingMembersMax,
        int groupsMax,
        int newMemberJoinTimeoutMs,
        int offsetMetadataCharsMax,
        long offsetsRetentionMs,
        long offsetsRetentionCheckIntervalMs,
        int appendTimeoutMs,
        int tombstonesMax) {

    /** Kafka 4.3's defaults, and limits of our own where Kafka has none. */
    public static GroupSettings defaults() {
        return new GroupSettings(
                3_000,
                6_000,
                1_800_000,
                Integer.MAX_VALUE,
                10_000,
                1_000_000,
                5 * 60_000,
                4096,
                7L * 24 * 60 * 60_000,
                600_000,
                5_000,
                5_000);
    }

    /** What the broker's configuration says, and the defaults for what it does not speak of. */
    public static GroupSettings of(GroupConfig config) {
        GroupSettings defaults = defaults();
        return new GroupSettings(
                config.initialRebalanceDelayMs(),
                config.sessionTimeoutMsMin(),
                config.sessionTimeoutMsMax(),
                config.sizeMax(),
                defaults.pendingMembersMax,
                defaults.groupsMax,
                defaults.newMemberJoinTimeoutMs,
                config.offsetMetadataBytesMax(),
                config.offsetsRetentionMs(),
                config.offsetsRetentionCheckIntervalMs(),
                config.offsetCommitTimeoutMs(),
                defaults.tombstonesMax);
    }
}
