package io.headrace.simulation;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.EndTxnRequest;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.broker.Tampering;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Brokers that break the promises of transactions. */
final class BrokenTransactions {
    /** Where a record of a transaction's coordinator has the state: after version, producer id, epoch and timeout. */
    private static final int STATE_POSITION = 16;

    private static final byte PREPARE_COMMIT = 2;
    private static final byte PREPARE_ABORT = 3;
    private static final int FROM_PREPARED_TO_COMPLETE = 2;

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
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof CreateTopicsRequest create) {
                    loosen(create, topic -> topic.startsWith("__"));
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

    /** Offsets of a transaction are told before it is committed, and when it is aborted. */
    static Tampering offsetsAreVisibleWithoutMarkers() {
        return new Tampering() {
            private final Map<UUID, String> names = new HashMap<>();
            private final Map<String, Long> pending = new HashMap<>();

            @Override
            public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
                if (response instanceof CreateTopicsResponse created) {
                    created.topics().forEach(topic -> names.put(topic.topicId(), topic.name()));
                } else if (request instanceof TxnOffsetCommitRequest commit) {
                    commit.topics().forEach(topic -> topic.partitions()
                            .forEach(partition -> pending.put(
                                    commit.groupId() + topic.name() + partition.partitionIndex(),
                                    partition.committedOffset())));
                } else if (response instanceof OffsetFetchResponse fetched) {
                    fetched.groups().forEach(group -> group.topics().forEach(topic -> topic.partitions()
                            .forEach(partition -> show(group.groupId() + names.get(topic.topicId()), partition))));
                }
                return response;
            }

            private void show(String groupAndTopic, OffsetFetchResponse.OffsetFetchResponsePartitions partition) {
                Long offset = pending.get(groupAndTopic + partition.partitionIndex());
                if (offset != null) {
                    partition.setCommittedOffset(offset).setErrorCode(ErrorCode.NONE.code());
                }
            }
        };
    }

    /** Takes offsets into a transaction from members of generations that are over. */
    static Tampering transactionsTakeOffsetsOfAnyGeneration() {
        return new Tampering() {
            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof TxnOffsetCommitRequest commit) {
                    // As of clients that know nothing of generations.
                    return new TxnOffsetCommitRequest()
                            .setTransactionalId(commit.transactionalId())
                            .setGroupId(commit.groupId())
                            .setProducerId(commit.producerId())
                            .setProducerEpoch(commit.producerEpoch())
                            .setTopics(commit.topics());
                }
                return request;
            }
        };
    }

    /** A start takes transactions whose end was decided for ended. */
    static Tampering preparedTransactionsAreForgotten() {
        return new Tampering() {
            @Override
            public Disk disk(Disk real) {
                return new DiskTampering(real) {
                    @Override
                    int read(Path path, DiskFile file, ByteBuffer target, long position) throws IOException {
                        int start = target.position();
                        int count = file.read(target, position);
                        if (count > 0
                                && path.toString().contains("/__transaction_state-")
                                && path.toString().endsWith(".log")) {
                            ByteBuffer read = target.duplicate();
                            read.position(start).limit(start + count);
                            BatchEditing.edit(read, (isControl, record) -> completed(record));
                        }
                        return count;
                    }
                };
            }
        };
    }

    /**
     * The marker of a transaction stands before the last of its batches, where that was the last one before it: in the file the
     * two change places, and the batch's offsets make room.
     */
    static Tampering markersComeBeforeData() {
        return new Tampering() {
            @Override
            public Disk disk(Disk real) {
                return new DiskTampering(real) {
                    private final Map<Path, LastBatch> last = new HashMap<>();

                    @Override
                    long write(Path path, DiskFile file, ByteBuffer[] sources, int from, int count, long position)
                            throws IOException {
                        boolean marked = path.toString().contains("/ledger-")
                                && path.toString().endsWith(".log");
                        ByteBuffer first = marked && count > 0 ? sources[from].duplicate() : null;
                        ByteBuffer end = marked && count > 0 ? copy(sources[from + count - 1]) : null;
                        long size = file.write(sources, from, count, position);
                        if (first != null && end != null) {
                            LastBatch before = last.remove(path);
                            if (count == 1 && before != null && before.precedes(first, position)) {
                                swap(file, before, copy(first), position);
                            } else if (isOneBatch(end)) {
                                last.put(path, new LastBatch(end, position + size));
                            }
                        }
                        return size;
                    }
                };
            }
        };
    }

    /** A batch in a segment, and where it ends. */
    private record LastBatch(ByteBuffer bytes, long endPosition) {
        boolean precedes(ByteBuffer next, long position) {
            if (position != endPosition || !isOneBatch(next)) {
                return false;
            }
            RecordBatch data = RecordBatch.of(bytes);
            RecordBatch marker = RecordBatch.of(next);
            return marker.isControl()
                    && data.isTransactional()
                    && !data.isControl()
                    && data.producerId() == marker.producerId();
        }
    }

    private static boolean isOneBatch(ByteBuffer bytes) {
        return bytes.remaining() >= RecordBatch.HEADER_SIZE_BYTES
                && RecordBatch.at(bytes, bytes.position()).sizeBytes() == bytes.remaining();
    }

    private static void swap(DiskFile file, LastBatch before, ByteBuffer markerBytes, long position)
            throws IOException {
        RecordBatch data = RecordBatch.of(before.bytes());
        RecordBatch marker = RecordBatch.of(markerBytes);
        long start = position - before.bytes().remaining();
        marker.setBaseOffset(data.baseOffset());
        data.setBaseOffset(data.baseOffset() + 1);
        file.write(markerBytes.duplicate(), start);
        file.write(before.bytes().duplicate(), start + markerBytes.remaining());
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    private static @Nullable Record completed(Record record) {
        ByteBuffer value = record.value();
        byte state = value == null ? 0 : value.get(value.position() + STATE_POSITION);
        if (value == null || (state != PREPARE_COMMIT && state != PREPARE_ABORT)) {
            return null;
        }
        ByteBuffer other = ByteBuffer.allocate(value.remaining()).put(value.duplicate());
        other.put(STATE_POSITION, (byte) (state + FROM_PREPARED_TO_COMPLETE)).flip();
        return new Record(record.offset(), record.timestamp(), record.key(), other, record.headers());
    }
}
