package io.headrace.core.group;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.schema.group.GroupMetadataKey;
import io.headrace.protocol.schema.group.GroupMetadataValue;
import io.headrace.protocol.schema.group.LegacyOffsetCommitKey;
import io.headrace.protocol.schema.group.LegacyOffsetCommitValue;
import io.headrace.protocol.schema.group.OffsetCommitKey;
import io.headrace.protocol.schema.group.OffsetCommitValue;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's format for the records of {@code __consumer_offsets}.
 *
 * <p>A key is a two-byte record type and the key's fields; a value is a two-byte version and the value's fields, or
 * absent to delete the key. Types 0 and 1 are offsets, 2 is a group; the others belong to the newer group protocols.
 */
final class GroupRecords {
    static final short TYPE_LEGACY_OFFSET_COMMIT = 0;
    static final short TYPE_OFFSET_COMMIT = 1;
    static final short TYPE_GROUP_METADATA = 2;

    private static final short KEY_VERSION = 0;

    /** What Kafka 4.3 writes. Later versions exist but older brokers could not read them. */
    private static final short GROUP_VALUE_VERSION = 3;

    private static final short OFFSET_VALUE_VERSION = 4;

    /** The only version with an expiry of its own. */
    private static final short OFFSET_VALUE_VERSION_WITH_EXPIRY = 1;

    private GroupRecords() {}

    static StateRecord encode(GroupChange change, RecordTime time) {
        if (change instanceof GroupChange.OffsetWritten written) {
            return new StateRecord(
                    offsetKey(written.groupId(), written.topic(), written.partition()), value(written, time));
        }
        if (change instanceof GroupChange.OffsetDeleted deleted) {
            return new StateRecord(offsetKey(deleted.groupId(), deleted.topic(), deleted.partition()), null);
        }
        if (change instanceof GroupChange.GroupWritten written) {
            return new StateRecord(
                    groupKey(written.groupId()), bytes(GROUP_VALUE_VERSION, written.value(), GROUP_VALUE_VERSION));
        }
        return new StateRecord(groupKey(change.groupId()), null);
    }

    /**
     * Reads a record.
     *
     * @param logOffset where the record lies in the log
     * @param time what the times in it mean
     * @return the change, or null for a record type that classic groups have nothing to do with
     * @throws io.headrace.protocol.wire.MalformedMessageException if key or value is damaged
     */
    static @Nullable GroupChange decode(long logOffset, ByteBuffer key, @Nullable ByteBuffer value, RecordTime time) {
        WireReader in = new WireReader(key.duplicate());
        switch (in.readShort()) {
            case TYPE_LEGACY_OFFSET_COMMIT: {
                LegacyOffsetCommitKey legacy = LegacyOffsetCommitKey.read(in, KEY_VERSION);
                return offsetChange(
                        legacy.group(), legacy.topic(), legacy.partition(), readLegacyOffset(logOffset, value, time));
            }
            case TYPE_OFFSET_COMMIT: {
                OffsetCommitKey commit = OffsetCommitKey.read(in, KEY_VERSION);
                return offsetChange(
                        commit.group(), commit.topic(), commit.partition(), readOffset(logOffset, value, time));
            }
            case TYPE_GROUP_METADATA: {
                String groupId = GroupMetadataKey.read(in, KEY_VERSION).group();
                if (value == null) {
                    return new GroupChange.GroupDeleted(groupId);
                }
                WireReader valueIn = new WireReader(value.duplicate());
                return new GroupChange.GroupWritten(groupId, GroupMetadataValue.read(valueIn, valueIn.readShort()));
            }
            default:
                return null;
        }
    }

    private static GroupChange offsetChange(
            String groupId, String topic, int partition, @Nullable CommittedOffset offset) {
        return offset == null
                ? new GroupChange.OffsetDeleted(groupId, topic, partition)
                : new GroupChange.OffsetWritten(groupId, topic, partition, offset);
    }

    private static @Nullable CommittedOffset readOffset(long logOffset, @Nullable ByteBuffer value, RecordTime time) {
        if (value == null) {
            return null;
        }
        WireReader in = new WireReader(value.duplicate());
        OffsetCommitValue read = OffsetCommitValue.read(in, in.readShort());
        return new CommittedOffset(
                read.offset(),
                read.leaderEpoch(),
                read.metadata(),
                time.past(read.commitTimestamp()),
                time.future(read.expireTimestamp()),
                read.topicId(),
                logOffset);
    }

    private static @Nullable CommittedOffset readLegacyOffset(
            long logOffset, @Nullable ByteBuffer value, RecordTime time) {
        if (value == null) {
            return null;
        }
        WireReader in = new WireReader(value.duplicate());
        LegacyOffsetCommitValue read = LegacyOffsetCommitValue.read(in, in.readShort());
        return new CommittedOffset(
                read.offset(),
                -1,
                read.metadata(),
                time.past(read.commitTimestamp()),
                -1,
                CommittedOffset.NO_TOPIC_ID,
                logOffset);
    }

    private static byte[] offsetKey(String groupId, String topic, int partition) {
        OffsetCommitKey key =
                new OffsetCommitKey().setGroup(groupId).setTopic(topic).setPartition(partition);
        return bytes(TYPE_OFFSET_COMMIT, key, KEY_VERSION);
    }

    private static byte[] groupKey(String groupId) {
        return bytes(TYPE_GROUP_METADATA, new GroupMetadataKey().setGroup(groupId), KEY_VERSION);
    }

    private static byte[] value(GroupChange.OffsetWritten written, RecordTime time) {
        CommittedOffset offset = written.offset();
        OffsetCommitValue value = new OffsetCommitValue()
                .setOffset(offset.offset())
                .setLeaderEpoch(offset.leaderEpoch())
                .setMetadata(offset.metadata())
                .setCommitTimestamp(time.toRecord(offset.commitTimestampMs()))
                .setExpireTimestamp(time.toRecord(offset.expireTimestampMs()))
                .setTopicId(offset.topicId());
        short version = offset.expireTimestampMs() == -1 ? OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION_WITH_EXPIRY;
        return bytes(version, value, version);
    }

    private static byte[] bytes(short prefix, ApiMessage message, short version) {
        WireWriter out = new WireWriter();
        out.writeShort(prefix);
        message.write(out, version);
        return out.toByteArray();
    }
}
