package io.headrace.simulation;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.broker.Tampering;
import io.headrace.storage.disk.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Brokers that do something else than they were asked, or say something else than they did. */
final class BrokenAnswers {
    private static final short ACKS_ALL = -1;

    private BrokenAnswers() {}

    private abstract static class OnRequest implements Tampering {
        abstract ApiMessage altered(ApiMessage request);

        @Override
        public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
            return altered(request);
        }
    }

    private abstract static class OnResponse implements Tampering {
        abstract ApiMessage altered(ApiMessage request, ApiMessage response);

        @Override
        public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
            return altered(request, response);
        }
    }

    /** Answers after the append, not after the sync. */
    static Tampering acknowledgesBeforeSync() {
        return new OnRequest() {
            @Override
            ApiMessage altered(ApiMessage request) {
                if (request instanceof ProduceRequest produce && produce.acks() == ACKS_ALL) {
                    produce.setAcks((short) 1);
                }
                return request;
            }
        };
    }

    /** Says of a refused append that it is done. */
    static Tampering acknowledgesRefusedAppends() {
        return new OnResponse() {
            private final Map<String, Long> ends = new HashMap<>();

            @Override
            ApiMessage altered(ApiMessage request, ApiMessage response) {
                if (response instanceof ProduceResponse produced) {
                    for (ProduceResponse.TopicProduceResponse topic : produced.responses()) {
                        for (ProduceResponse.PartitionProduceResponse result : topic.partitionResponses()) {
                            String name = topic.topicId() + "-" + result.index();
                            if (result.errorCode() != ErrorCode.NONE.code()) {
                                result.setErrorCode(ErrorCode.NONE.code()).setErrorMessage(null);
                                result.setBaseOffset(ends.getOrDefault(name, 0L) + 1);
                            }
                            ends.put(name, result.baseOffset());
                        }
                    }
                }
                return response;
            }
        };
    }

    /** Readers see up to the end of the log: what is in the page cache counts as durable. */
    static Tampering watermarkIsTheEnd() {
        return new OnRequest() {
            @Override
            ApiMessage altered(ApiMessage request) {
                if (request instanceof CreateTopicsRequest create) {
                    create.topics().forEach(topic -> topic.configs()
                            .add(new CreateTopicsRequest.CreatableTopicConfig()
                                    .setName("durability")
                                    .setValue("os")));
                }
                return request;
            }
        };
    }

    /** Forgets which sequences it has seen, of some batches or all. */
    private abstract static class LosingSequences extends OnRequest {
        abstract boolean loses(String partition, RecordBatch batch);

        @Override
        ApiMessage altered(ApiMessage request) {
            if (request instanceof ProduceRequest produce) {
                for (TopicProduceData topic : produce.topicData()) {
                    for (PartitionProduceData data : topic.partitionData()) {
                        RecordBatch batch = batchOf(data);
                        if (batch.hasProducerId() && loses(topic.topicId() + "-" + data.index(), batch)) {
                            loseSequence(batch);
                        }
                    }
                }
            }
            return request;
        }
    }

    private static RecordBatch batchOf(PartitionProduceData data) {
        if (data.records() instanceof BufferPayload bytes) {
            return RecordBatch.at(bytes.buffer(), bytes.buffer().position());
        }
        throw new IllegalStateException("A request without records");
    }

    private static void loseSequence(RecordBatch batch) {
        ByteBuffer bytes = batch.bytes();
        int at = bytes.position();
        bytes.putLong(at + RecordBatch.PRODUCER_ID_POSITION, RecordBatch.NO_PRODUCER_ID);
        bytes.putShort(at + RecordBatch.PRODUCER_EPOCH_POSITION, RecordBatch.NO_PRODUCER_EPOCH);
        bytes.putInt(at + RecordBatch.BASE_SEQUENCE_POSITION, RecordBatch.NO_SEQUENCE);
        bytes.putInt(at + RecordBatch.CRC_POSITION, (int) batch.computeCrc());
    }

    /** No duplicate is recognised. */
    static Tampering duplicatesAreAppended() {
        return new LosingSequences() {
            @Override
            boolean loses(String partition, RecordBatch batch) {
                return true;
            }
        };
    }

    /** Duplicates are recognised for a while; then the producer is forgotten. */
    static Tampering producersAreForgotten() {
        return new LosingSequences() {
            private final Map<String, Integer> batches = new HashMap<>();

            @Override
            boolean loses(String partition, RecordBatch batch) {
                return batches.merge(partition + "/" + batch.producerId(), 1, Integer::sum) > 30;
            }
        };
    }

    /** Gives the same id to every producer. */
    static Tampering producerIdsAreGivenTwice() {
        return new OnResponse() {
            @Override
            ApiMessage altered(ApiMessage request, ApiMessage response) {
                if (response instanceof InitProducerIdResponse given && given.errorCode() == 0) {
                    given.setProducerId(0);
                }
                return response;
            }
        };
    }

    /** Two batches of one request to two partitions land in each other's place. */
    static Tampering batchesAreMisdirected() {
        return new OnRequest() {
            private int requests;

            @Override
            ApiMessage altered(ApiMessage request) {
                if (request instanceof ProduceRequest produce && ++requests % 20 == 0) {
                    for (TopicProduceData topic : produce.topicData()) {
                        List<PartitionProduceData> data = topic.partitionData();
                        if (data.size() > 1) {
                            var first = data.get(0).records();
                            data.get(0).setRecords(data.get(1).records());
                            data.get(1).setRecords(first);
                        }
                    }
                }
                return request;
            }
        };
    }

    /** A client's batches without sequences are appended in another order than they came. */
    static Tampering batchesAreReordered() {
        return new OnRequest() {
            private final Map<String, ByteBuffer> held = new HashMap<>();

            @Override
            ApiMessage altered(ApiMessage request) {
                if (request instanceof ProduceRequest produce && produce.acks() == ACKS_ALL) {
                    for (TopicProduceData topic : produce.topicData()) {
                        for (PartitionProduceData data : topic.partitionData()) {
                            if (!batchOf(data).hasProducerId()) {
                                swap(topic.topicId() + "-" + data.index(), data);
                            }
                        }
                    }
                }
                return request;
            }

            private void swap(String name, PartitionProduceData data) {
                ByteBuffer now = copy(batchOf(data).bytes());
                ByteBuffer before = held.put(name, now);
                if (before != null) {
                    data.setRecords(new BufferPayload(before));
                }
            }
        };
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    /** Every so often a fetch begins one batch too late, as with an index that is not checked. */
    static Tampering fetchesSkipABatch() {
        return new OnResponse() {
            private int fetches;

            @Override
            ApiMessage altered(ApiMessage request, ApiMessage response) {
                if (response instanceof FetchResponse fetched && ++fetches % 10 == 0) {
                    forEachData(fetched, data -> {
                        if (data.records() instanceof BufferPayload bytes && bytes.sizeBytes() > 0) {
                            int size = RecordBatch.at(
                                            bytes.buffer(), bytes.buffer().position())
                                    .sizeBytes();
                            if (size < bytes.sizeBytes()) {
                                data.setRecords(new BufferPayload(bytes.buffer()
                                        .slice(size, bytes.buffer().limit() - size)));
                            }
                        }
                    });
                }
                return response;
            }
        };
    }

    private interface DataAction {
        void run(FetchResponse.PartitionData data);
    }

    private static void forEachData(FetchResponse response, DataAction action) {
        response.responses().forEach(topic -> topic.partitions().forEach(action::run));
    }

    /** Answers from what the log was some fetches ago. */
    static Tampering fetchesSeeAnOldView() {
        return new OnResponse() {
            private final Map<String, List<Long>> watermarks = new HashMap<>();

            @Override
            ApiMessage altered(ApiMessage request, ApiMessage response) {
                if (response instanceof FetchResponse fetched && request instanceof FetchRequest) {
                    fetched.responses().forEach(topic -> topic.partitions().forEach(data -> {
                        List<Long> seen = watermarks.computeIfAbsent(
                                topic.topicId() + "-" + data.partitionIndex(), name -> new ArrayList<>());
                        seen.add(data.highWatermark());
                        long old = seen.get(Math.max(0, seen.size() - 4));
                        if (data.errorCode() == 0 && seen.size() % 7 == 0 && old >= data.logStartOffset()) {
                            data.setHighWatermark(old).setLastStableOffset(old).setRecords(BufferPayload.EMPTY);
                        }
                    }));
                }
                return response;
            }
        };
    }

    /** Commits are acknowledged and not stored, now and then. */
    static Tampering commitsAreDropped() {
        return new Tampering() {
            private int commits;

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                return key == ApiKey.OFFSET_COMMIT && ++commits % 3 == 0 ? null : request;
            }

            @Override
            public ApiMessage answer(ApiKey key, ApiMessage request) {
                OffsetCommitResponse response = new OffsetCommitResponse();
                for (OffsetCommitRequest.OffsetCommitRequestTopic topic : ((OffsetCommitRequest) request).topics()) {
                    OffsetCommitResponse.OffsetCommitResponseTopic answer =
                            new OffsetCommitResponse.OffsetCommitResponseTopic().setTopicId(topic.topicId());
                    topic.partitions().forEach(partition -> answer.partitions()
                            .add(new OffsetCommitResponse.OffsetCommitResponsePartition()
                                    .setPartitionIndex(partition.partitionIndex())));
                    response.topics().add(answer);
                }
                return response;
            }
        };
    }

    /** A member of a group's newest generation. */
    private record Member(String id, int generation) {}

    /** Commits of generations that are over are taken as if they were of the present one. */
    static Tampering commitsAreNotFenced() {
        return new Tampering() {
            private final Map<String, Member> newest = new HashMap<>();

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof OffsetCommitRequest commit && commit.generationIdOrMemberEpoch() >= 0) {
                    Member member = newest.get(commit.groupId());
                    if (member != null && commit.generationIdOrMemberEpoch() < member.generation()) {
                        return new OffsetCommitRequest()
                                .setGroupId(commit.groupId())
                                .setMemberId(member.id())
                                .setGenerationIdOrMemberEpoch(member.generation())
                                .setTopics(commit.topics());
                    }
                }
                return request;
            }

            @Override
            public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
                if (request instanceof JoinGroupRequest join
                        && response instanceof JoinGroupResponse joined
                        && joined.errorCode() == ErrorCode.NONE.code()) {
                    newest.put(join.groupId(), new Member(joined.memberId(), joined.generationId()));
                }
                return response;
            }
        };
    }

    /** Tells of a group's offset, if it has no members, as soon as its commit arrives, and goes on if that comes to nothing. */
    static Tampering offsetsAreShownWhileTheirCommitIsUnderWay() {
        return new Tampering() {
            private final Map<String, Long> underWay = new HashMap<>();

            @Override
            public void beforeStart(SimulatedDisk disk, Path dir) {
                underWay.clear();
            }

            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                // What members store may be refused for their sake.
                if (request instanceof OffsetCommitRequest commit && commit.generationIdOrMemberEpoch() < 0) {
                    forEachOffset(commit, underWay::put);
                }
                return request;
            }

            @Override
            public ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
                if (request instanceof OffsetCommitRequest commit
                        && response instanceof OffsetCommitResponse committed
                        && isStored(committed)) {
                    forEachOffset(commit, underWay::remove);
                } else if (response instanceof OffsetFetchResponse fetched) {
                    fetched.groups().forEach(group -> group.topics().forEach(topic -> topic.partitions()
                            .forEach(partition -> partition.setCommittedOffset(underWay.getOrDefault(
                                    group.groupId() + topic.topicId() + partition.partitionIndex(),
                                    partition.committedOffset())))));
                }
                return response;
            }
        };
    }

    private static boolean isStored(OffsetCommitResponse response) {
        return response.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .allMatch(partition -> partition.errorCode() == ErrorCode.NONE.code());
    }

    private static void forEachOffset(OffsetCommitRequest commit, BiConsumer<String, Long> action) {
        commit.topics().forEach(topic -> topic.partitions()
                .forEach(partition -> action.accept(
                        commit.groupId() + topic.topicId() + partition.partitionIndex(), partition.committedOffset())));
    }

    /** Tells groups an offset that was stored once, not the last. */
    static Tampering storedOffsetsAreOld() {
        return new OnResponse() {
            private final Map<String, Long> first = new HashMap<>();

            @Override
            ApiMessage altered(ApiMessage request, ApiMessage response) {
                if (response instanceof OffsetFetchResponse fetched) {
                    fetched.groups().forEach(group -> group.topics()
                            .forEach(topic -> topic.partitions().forEach(partition -> {
                                Long old = first.putIfAbsent(
                                        topic.topicId() + "-" + partition.partitionIndex(),
                                        partition.committedOffset());
                                if (old != null) {
                                    partition.setCommittedOffset(old);
                                }
                            })));
                }
                return response;
            }
        };
    }
}
