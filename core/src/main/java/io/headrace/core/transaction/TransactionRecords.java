package io.headrace.core.transaction;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.schema.transaction.TransactionLogKey;
import io.headrace.protocol.schema.transaction.TransactionLogValue;
import io.headrace.protocol.schema.transaction.TransactionLogValue.PartitionsSchema;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's format for the records of {@code __transaction_state}.
 *
 * <p>A key is two bytes of record type, 0, and the transactional id. A value is two bytes of version and the value's fields,
 * or absent when the id has expired.
 */
final class TransactionRecords {
    private static final short TYPE = 0;
    private static final short KEY_VERSION = 0;

    /** What Kafka writes at {@code transaction.version} 1 and 2: the first version with tagged fields. */
    private static final short VALUE_VERSION = 1;

    private TransactionRecords() {}

    /**
     * What a record says.
     *
     * @param metadata null if the id has expired
     */
    record Decoded(String transactionalId, @Nullable TransactionMetadata metadata) {}

    static StateRecord tombstone(String transactionalId) {
        return new StateRecord(key(transactionalId), null);
    }

    static StateRecord encode(String transactionalId, TransactionMetadata metadata, RecordTime time) {
        TransactionLogValue value = new TransactionLogValue()
                .setProducerId(metadata.producerId())
                .setPreviousProducerId(metadata.previousProducerId())
                .setNextProducerId(metadata.nextProducerId())
                .setProducerEpoch(metadata.producerEpoch())
                .setTransactionTimeoutMs(metadata.timeoutMs())
                .setTransactionStatus(metadata.state().id())
                .setTransactionPartitions(
                        metadata.state() == TransactionState.EMPTY ? null : byTopic(metadata.partitions()))
                .setTransactionLastUpdateTimestampMs(time.toRecord(metadata.lastUpdateMs()))
                .setTransactionStartTimestampMs(time.toRecord(metadata.startMs()))
                .setClientTransactionVersion(metadata.clientVersion());
        return new StateRecord(key(transactionalId), bytes(VALUE_VERSION, value, VALUE_VERSION));
    }

    /**
     * Reads a record.
     *
     * @param time what the times in it mean
     * @return what it says, or null if it is of a type or a version that is not known here
     * @throws MalformedMessageException if key or value is damaged
     */
    static @Nullable Decoded decode(ByteBuffer key, @Nullable ByteBuffer value, RecordTime time) {
        WireReader in = new WireReader(key.duplicate());
        if (in.readShort() != TYPE) {
            return null;
        }
        String transactionalId = TransactionLogKey.read(in, KEY_VERSION).transactionalId();
        if (value == null) {
            return new Decoded(transactionalId, null);
        }
        WireReader valueIn = new WireReader(value.duplicate());
        short version = valueIn.readShort();
        if (version < TransactionLogValue.LOWEST_SUPPORTED_VERSION
                || version > TransactionLogValue.HIGHEST_SUPPORTED_VERSION) {
            return null;
        }
        return new Decoded(transactionalId, metadata(TransactionLogValue.read(valueIn, version), time));
    }

    private static TransactionMetadata metadata(TransactionLogValue value, RecordTime time) {
        TransactionState state = TransactionState.ofId(value.transactionStatus());
        if (state == null) {
            throw new MalformedMessageException("There is no transaction state " + value.transactionStatus());
        }
        SortedSet<TopicPartition> partitions = new TreeSet<>();
        List<PartitionsSchema> topics = value.transactionPartitions();
        if (topics != null) {
            topics.forEach(topic ->
                    topic.partitionIds().forEach(index -> partitions.add(new TopicPartition(topic.topic(), index))));
        }
        return new TransactionMetadata(
                value.producerId(),
                value.previousProducerId(),
                value.nextProducerId(),
                value.producerEpoch(),
                TransactionMetadata.NO_EPOCH,
                value.transactionTimeoutMs(),
                state,
                Collections.unmodifiableSortedSet(partitions),
                time.past(value.transactionStartTimestampMs()),
                time.past(value.transactionLastUpdateTimestampMs()),
                value.clientTransactionVersion());
    }

    private static List<PartitionsSchema> byTopic(SortedSet<TopicPartition> partitions) {
        List<PartitionsSchema> topics = new ArrayList<>();
        String topic = null;
        List<Integer> indexes = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            if (!partition.topic().equals(topic)) {
                topic = partition.topic();
                indexes = new ArrayList<>();
                topics.add(new PartitionsSchema().setTopic(topic).setPartitionIds(indexes));
            }
            indexes.add(partition.partition());
        }
        return topics;
    }

    private static byte[] key(String transactionalId) {
        return bytes(TYPE, new TransactionLogKey().setTransactionalId(transactionalId), KEY_VERSION);
    }

    private static byte[] bytes(short prefix, ApiMessage message, short version) {
        WireWriter out = new WireWriter();
        out.writeShort(prefix);
        message.write(out, version);
        return out.toByteArray();
    }
}
