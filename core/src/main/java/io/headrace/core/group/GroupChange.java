package io.headrace.core.group;

import io.headrace.protocol.schema.group.GroupMetadataValue;

/**
 * One change to the state of a coordinator: the meaning of one record of {@code __consumer_offsets}.
 *
 * <p>Requests become changes, changes become records, and applying a change is the same whether it comes from a request
 * whose record is now durable or from reading the log.
 */
sealed interface GroupChange {
    /** The group whose state it changes. */
    String groupId();

    /** An offset was committed, or staged by a transaction. */
    record OffsetWritten(String groupId, String topic, int partition, CommittedOffset offset) implements GroupChange {}

    /** A committed offset is forgotten, and what transactions staged for the partition with it. */
    record OffsetDeleted(String groupId, String topic, int partition) implements GroupChange {}

    /** A group entered a generation, or a static member got a new id. */
    record GroupWritten(String groupId, GroupMetadataValue value) implements GroupChange {}

    /** A group is gone. */
    record GroupDeleted(String groupId) implements GroupChange {}
}
