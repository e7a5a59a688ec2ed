package io.headrace.simulation;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.EndTxnRequest;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.broker.Tampering;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Brokers that break the promises of transactions. */
final class BrokenTransactions {
    private BrokenTransactions() {}

    /** What is written to these topics is acknowledged before it is on disk. */
    private static void loosen(CreateTopicsRequest create, Predicate<String> loose) {
        create.topics().forEach(topic -> topic.configs()
                .add(new CreateTopicsRequest.CreatableTopicConfig()
                        .setName("durability")
                        .setValue(loose.test(topic.name()) ? "os" : "fsync")));
    }

    /** EndTxn is answered before the decision is durable; so is what else the coordinators write. */
    static Tampering endsAreAnsweredBeforeTheyAreDurable() {
        return new Tampering() {
            @Override
            public Map<String, String> config() {
                return Map.of("durability", "os");
            }

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof CreateTopicsRequest create) {
                    loosen(create, topic -> false);
                }
                return request;
            }
        };
    }

    /** Transactions are committed before their records are durable. */
    static Tampering committedRecordsAreNotDurable() {
        return new Tampering() {
            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof CreateTopicsRequest create) {
                    loosen(create, List.of("ledger", "copies")::contains);
                }
                return request;
            }
        };
    }

    /** Readers of committed records get everything below the high watermark. */
    static Tampering uncommittedRecordsAreServed() {
        return new Tampering() {
            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof FetchRequest fetch) {
                    fetch.setIsolationLevel((byte) 0);
                }
                return request;
            }
        };
    }

    /** Readers of committed records are not told what was aborted. */
    static Tampering abortedTransactionsAreNotTold() {
        return new Tampering() {
            @Override
            public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
                if (response instanceof FetchResponse fetched) {
                    fetched.responses().forEach(topic -> topic.partitions()
                            .forEach(data -> data.setAbortedTransactions(List.of())));
                }
                return response;
            }
        };
    }

    /** Knows the epochs that were given out. */
    private abstract static class KnowingEpochs implements Tampering {
        final Map<Long, Short> epochs = new HashMap<>();

        @Override
        public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
            if (response instanceof InitProducerIdResponse given && given.errorCode() == 0) {
                epochs.put(given.producerId(), given.producerEpoch());
            } else if (response instanceof EndTxnResponse ended && ended.errorCode() == 0 && ended.producerId() >= 0) {
                epochs.put(ended.producerId(), ended.producerEpoch());
            }
            return response;
        }

        short present(long producerId, short epoch) {
            short known = epochs.getOrDefault(producerId, epoch);
            return known > epoch ? known : epoch;
        }
    }

    /** A producer that was fenced may end the transaction of the one that fenced it. */
    static Tampering fencedProducersEndTransactions() {
        return new KnowingEpochs() {
            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof EndTxnRequest end) {
                    end.setProducerEpoch(present(end.producerId(), end.producerEpoch()));
                }
                return request;
            }
        };
    }

    /** A producer that was fenced may write into the transaction of the one that fenced it. */
    static Tampering fencedProducersWrite() {
        return new KnowingEpochs() {
            private final Map<String, Integer> sequences = new HashMap<>();

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof ProduceRequest produce && produce.transactionalId() != null) {
                    produce.topicData().forEach(topic -> topic.partitionData().forEach(data -> {
                        if (data.records() instanceof BufferPayload bytes) {
                            renew(
                                    topic.name() + topic.topicId() + data.index(),
                                    RecordBatch.at(
                                            bytes.buffer(), bytes.buffer().position()));
                        }
                    }));
                }
                return request;
            }

            private void renew(String partition, RecordBatch batch) {
                short epoch = present(batch.producerId(), batch.producerEpoch());
                String name = partition + "/" + batch.producerId() + "/" + epoch;
                int next = sequences.getOrDefault(name, 0);
                if (epoch > batch.producerEpoch()) {
                    ByteBuffer bytes = batch.bytes();
                    bytes.putShort(bytes.position() + RecordBatch.PRODUCER_EPOCH_POSITION, epoch);
                    bytes.putInt(bytes.position() + RecordBatch.BASE_SEQUENCE_POSITION, next);
                    bytes.putInt(bytes.position() + RecordBatch.CRC_POSITION, (int) batch.computeCrc());
                }
                sequences.put(
                        name, RecordBatch.incrementSequence(Math.max(next, batch.baseSequence()), batch.recordCount()));
            }
        };
    }
}
