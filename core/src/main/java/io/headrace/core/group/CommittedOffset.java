package io.headrace.core.group;

import java.util.UUID;

/**
 * A committed offset with everything that was committed along.
 *
 * @param offset the next offset to consume
 * @param leaderEpoch epoch of the last consumed record, -1 if not given
 * @param metadata the client's text, empty if not given
 * @param commitTimestampMs when it was committed
 * @param expireTimestampMs when it expires if the client said so (OffsetCommit up to version 4), else -1
 * @param topicId the topic's id at that time, the zero id if unknown
 * @param recordOffset where the record lies in the log; -1 before it is written
 */
record CommittedOffset(
        long offset,
        int leaderEpoch,
        String metadata,
        long commitTimestampMs,
        long expireTimestampMs,
        UUID topicId,
        long recordOffset) {
    static final long NO_PRODUCER_ID = -1L;
    static final UUID NO_TOPIC_ID = new UUID(0, 0);

    CommittedOffset at(long newRecordOffset) {
        return new CommittedOffset(
                offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId, newRecordOffset);
    }

    /** Whether it belongs to a topic with this id, as far as both ids are known. */
    boolean mayBelongTo(UUID otherTopicId) {
        return topicId.equals(NO_TOPIC_ID) || otherTopicId.equals(NO_TOPIC_ID) || topicId.equals(otherTopicId);
    }
}
