package io.headrace.simulation;

import io.headrace.core.partition.ProducerSnapshotFormat;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.broker.Tampering;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brokers that remember less of idempotent producers than they must. */
final class BrokenProducerStates {
    private BrokenProducerStates() {}

    /** Of each producer only the last batch is remembered: one before it that is sent again is out of order. */
    static Tampering windowOfOne() {
        return new Tampering() {
            private final Map<String, Integer> lastAccepted = new HashMap<>();
            /** By partition, what the requests have that are not answered yet. */
            private final IdentityHashMap<ApiMessage, Map<String, RecordBatch>> asked = new IdentityHashMap<>();

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof ProduceRequest produce) {
                    Map<String, RecordBatch> batches = new HashMap<>();
                    produce.topicData().forEach(topic -> topic.partitionData().forEach(data -> {
                        if (data.records() instanceof BufferPayload bytes) {
                            RecordBatch batch = RecordBatch.at(
                                    bytes.buffer(), bytes.buffer().position());
                            if (batch.hasProducerId()) {
                                batches.put(topic.topicId() + "-" + data.index(), headerOf(batch));
                            }
                        }
                    }));
                    asked.put(request, batches);
                }
                return request;
            }

            @Override
            public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
                Map<String, RecordBatch> batches = asked.remove(request);
                if (batches != null && response instanceof ProduceResponse produced) {
                    produced.responses().forEach(topic -> topic.partitionResponses()
                            .forEach(result -> onResult(topic.topicId() + "-" + result.index(), batches, result)));
                }
                return response;
            }

            private void onResult(
                    String partition,
                    Map<String, RecordBatch> batches,
                    ProduceResponse.PartitionProduceResponse result) {
                RecordBatch batch = batches.get(partition);
                if (batch == null || result.errorCode() != ErrorCode.NONE.code()) {
                    return;
                }
                String producer = partition + "/" + batch.producerId() + "/" + batch.producerEpoch();
                int last = lastAccepted.merge(producer, batch.baseSequence(), Math::max);
                if (batch.baseSequence() < last) {
                    result.setErrorCode(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code())
                            .setBaseOffset(-1);
                }
            }
        };
    }

    /** The request's memory is another's by the time it is answered. */
    private static RecordBatch headerOf(RecordBatch batch) {
        byte[] header = new byte[RecordBatch.HEADER_SIZE_BYTES];
        batch.bytes().get(batch.bytes().position(), header);
        return RecordBatch.at(ByteBuffer.wrap(header), 0);
    }

    /** A start finds snapshots of producers in which there is nobody. */
    static Tampering snapshotsAreLost() {
        return new Tampering() {
            @Override
            public void beforeStart(SimulatedDisk disk, Path dir) throws IOException {
                for (String name : disk.list(dir)) {
                    Path partition = dir.resolve(name);
                    if (!disk.isDirectory(partition)) {
                        continue;
                    }
                    for (String file : disk.list(partition)) {
                        if (file.endsWith(".snapshot")) {
                            empty(disk, partition.resolve(file));
                        }
                    }
                }
            }
        };
    }

    private static void empty(SimulatedDisk disk, Path snapshot) throws IOException {
        try (DiskFile file = disk.open(snapshot, OpenMode.READ_WRITE)) {
            file.truncate(0);
            file.write(ProducerSnapshotFormat.encode(new ProducerStates(1, Long.MAX_VALUE)), 0);
            file.sync();
        }
    }
}
