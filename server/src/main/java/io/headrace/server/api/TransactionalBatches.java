package io.headrace.server.api;

import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose transaction the batches of a Produce request are part of.
 *
 * @param producerId the producer
 * @param producerEpoch its epoch
 * @param severalProducers whether there are batches of more than one producer or epoch, which no client sends
 */
record TransactionalBatches(long producerId, short producerEpoch, boolean severalProducers) {
    /** Looks at the batches' headers, which are not checked yet; null if none says that it is part of a transaction. */
    static @Nullable TransactionalBatches in(List<TopicProduceData> topics) {
        TransactionalBatches found = null;
        for (TopicProduceData topic : topics) {
            for (PartitionProduceData partition : topic.partitionData()) {
                if (partition.records() instanceof BufferPayload bytes && isTransactional(bytes.buffer())) {
                    ByteBuffer batch = bytes.buffer();
                    long producerId = batch.getLong(batch.position() + RecordBatch.PRODUCER_ID_POSITION);
                    short epoch = batch.getShort(batch.position() + RecordBatch.PRODUCER_EPOCH_POSITION);
                    boolean differs =
                            found != null && (found.producerId() != producerId || found.producerEpoch() != epoch);
                    found = new TransactionalBatches(
                            producerId, epoch, differs || (found != null && found.severalProducers()));
                }
            }
        }
        return found;
    }

    private static boolean isTransactional(ByteBuffer batch) {
        return batch.remaining() >= RecordBatch.HEADER_SIZE_BYTES
                && batch.get(batch.position() + RecordBatch.MAGIC_POSITION) == RecordBatch.MAGIC
                && (batch.getShort(batch.position() + RecordBatch.ATTRIBUTES_POSITION) & RecordBatch.TRANSACTIONAL_FLAG)
                        != 0;
    }
}
