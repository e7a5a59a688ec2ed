package io.headrace.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchRequest.FetchTopic;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse.EpochEndOffset;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.server.BrokerCore;
import io.headrace.server.CleanerWaits;
import io.headrace.server.config.ConfigLoader;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Leader epochs over the lives of a broker, as its clients see them (KIP-320): a whole broker but for threads and sockets. */
class LeaderEpochOverRestartTest {
    private static final Path DIR = Path.of("/data");
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(NOW_MS), ZoneOffset.UTC);
    private static final String TOPIC = "orders";

    /** Goes on from life to life, so that each has ids of its own. */
    private final Random random = new Random(7);

    @SuppressWarnings("NullAway.Init")
    private SimulatedDisk disk;

    @SuppressWarnings("NullAway.Init")
    private BrokerCore core;

    @BeforeEach
    void firstStart() throws IOException {
        beginAnew("os");
    }

    // Lives of the broker

    private void beginAnew(String durability) throws IOException {
        disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        start();
        createTopic(durability);
    }

    private void start() throws IOException {
        Map<String, String> settings = Map.of("node.id", "1", "listeners", "PLAINTEXT://:9092");
        core = BrokerCore.open(
                ConfigLoader.load(null, Map.of(), settings).config(),
                null,
                DIR,
                StoreOptions.defaults(),
                new BrokerCore.Environment(disk, CLOCK, () -> NOW_MS, random, Runnable::run, CleanerWaits.BLOCKING),
                () -> {});
    }

    private void restart() throws IOException {
        core.store().close(NOW_MS);
        core.metadata().close();
        disk = disk.kill();
        start();
    }

    private void killAndStart() throws IOException {
        disk = disk.kill();
        start();
    }

    private void cutPowerOf(SimulatedDisk running, long seed) throws IOException {
        disk = running.crash(new Random(seed));
        start();
    }

    private void run() throws IOException {
        boolean more = true;
        while (more) {
            boolean metadataBusy = core.metadata().runOnce();
            more = core.store().writer().runOnce(NOW_MS) > 0 || metadataBusy;
        }
    }

    // Requests

    @SuppressWarnings("unchecked")
    private <Q extends ApiMessage, A extends ApiMessage> A ask(ApiKey key, int version, Q request, Class<A> answerType)
            throws IOException {
        RequestHandler<Q> handler =
                (RequestHandler<Q>) Objects.requireNonNull(core.handlers().get(key));
        CompletableFuture<A> answer = AnsweredRequest.send(handler, version, request, answerType);
        run();
        assertThat(answer).as("the answer").isDone();
        return answer.join();
    }

    private void createTopic(String durability) throws IOException {
        CreateTopicsRequest request = new CreateTopicsRequest()
                .setTopics(List.of(new CreatableTopic()
                        .setName(TOPIC)
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1)
                        .setConfigs(List.of(
                                new CreatableTopicConfig().setName("durability").setValue(durability)))));
        CreateTopicsResponse created = ask(ApiKey.CREATE_TOPICS, 7, request, CreateTopicsResponse.class);
        assertThat(created.topics().get(0).errorCode()).isZero();
    }

    private void produce(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            ProduceRequest request = new ProduceRequest()
                    .setAcks((short) -1)
                    .setTopicData(List.of(new TopicProduceData()
                            .setName(TOPIC)
                            .setPartitionData(List.of(new PartitionProduceData()
                                    .setRecords(new BufferPayload(new RecordBatchBuilder()
                                            .append(NOW_MS, null, new byte[100])
                                            .build()))))));
            ProduceResponse produced = ask(ApiKey.PRODUCE, 9, request, ProduceResponse.class);
            assertThat(produced.responses().get(0).partitionResponses().get(0).errorCode())
                    .isZero();
        }
    }

    /** The leader epoch that clients are told. */
    private int leaderEpoch() throws IOException {
        MetadataRequest request = new MetadataRequest()
                .setTopics(List.of(new MetadataRequestTopic().setName(TOPIC)))
                .setAllowAutoTopicCreation(false);
        MetadataResponse answer = ask(ApiKey.METADATA, 9, request, MetadataResponse.class);
        return answer.topics().get(0).partitions().get(0).leaderEpoch();
    }

    private EpochEndOffset endOf(int epoch, int currentLeaderEpoch) throws IOException {
        OffsetForLeaderEpochRequest request = new OffsetForLeaderEpochRequest()
                .setTopics(List.of(new OffsetForLeaderTopic()
                        .setTopic(TOPIC)
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setCurrentLeaderEpoch(currentLeaderEpoch)
                                .setLeaderEpoch(epoch)))));
        OffsetForLeaderEpochResponse answer =
                ask(ApiKey.OFFSET_FOR_LEADER_EPOCH, 4, request, OffsetForLeaderEpochResponse.class);
        return answer.topics().get(0).partitions().get(0);
    }

    private void assertEnd(int epoch, int foundEpoch, long endOffset) throws IOException {
        EpochEndOffset found = endOf(epoch, leaderEpoch());
        assertThat(found.errorCode()).isZero();
        assertThat(found.leaderEpoch()).isEqualTo(foundEpoch);
        assertThat(found.endOffset()).isEqualTo(endOffset);
    }

    private ListOffsetsPartitionResponse offset(long timestamp, int currentLeaderEpoch) throws IOException {
        ListOffsetsRequest request = new ListOffsetsRequest()
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(TOPIC)
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setTimestamp(timestamp)
                                .setCurrentLeaderEpoch(currentLeaderEpoch)))));
        return ask(ApiKey.LIST_OFFSETS, 7, request, ListOffsetsResponse.class)
                .topics()
                .get(0)
                .partitions()
                .get(0);
    }

    private long logEnd() throws IOException {
        return offset(-1, -1).offset();
    }

    private FetchResponse fetch(int version, long offset, int currentLeaderEpoch, int lastFetchedEpoch)
            throws IOException {
        FetchRequest request = new FetchRequest()
                .setMaxBytes(1 << 20)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(version < 13 ? TOPIC : "")
                        .setTopicId(requireNonNull(core.metadata().image().topic(TOPIC))
                                .id())
                        .setPartitions(List.of(new FetchRequest.FetchPartition()
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(1 << 20)
                                .setCurrentLeaderEpoch(currentLeaderEpoch)
                                .setLastFetchedEpoch(lastFetchedEpoch)))));
        return ask(ApiKey.FETCH, version, request, FetchResponse.class);
    }

    private static PartitionData data(FetchResponse answer) {
        return answer.responses().get(0).partitions().get(0);
    }

    /** The leader epoch of each batch, one record each. */
    private List<Integer> epochsOfBatches() throws IOException {
        List<Integer> epochs = new ArrayList<>();
        RecordBatches batches = RecordBatches.of(
                ((BufferPayload) requireNonNull(data(fetch(12, 0, -1, -1)).records())).buffer());
        while (batches.next()) {
            epochs.add(batches.batch().partitionLeaderEpoch());
        }
        return epochs;
    }

    @Test
    @DisplayName("KAFKA-15582, 15586, 18106, 18635: an unclean start raises the epoch and an orderly one does not")
    void anUncleanStartRaisesTheEpochAndAnOrderlyOneDoesNot() throws IOException {
        assertThat(leaderEpoch()).isZero();
        produce(1);
        restart();
        assertThat(leaderEpoch()).isZero();
        produce(1);
        killAndStart();
        assertThat(leaderEpoch()).isEqualTo(1);
        produce(2);
        restart();
        assertThat(leaderEpoch()).isEqualTo(1);
        produce(1);
        killAndStart();
        killAndStart();
        assertThat(leaderEpoch()).isEqualTo(3);
        produce(1);
        assertThat(epochsOfBatches()).containsExactly(0, 0, 1, 1, 1, 3);
        assertEnd(0, 0, 2);
        assertEnd(1, 1, 5);
        assertEnd(2, 1, 5);
        assertEnd(3, 3, 6);
        assertEnd(4, -1, -1);
        restart();
        assertThat(epochsOfBatches()).containsExactly(0, 0, 1, 1, 1, 3);
        assertEnd(0, 0, 2);
        assertEnd(2, 1, 5);
    }

    @Test
    void requestsOfTheEpochBeforeAreFenced() throws IOException {
        produce(3);
        killAndStart();
        assertThat(endOf(0, 0).errorCode()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
        assertThat(endOf(0, 2).errorCode()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
        assertThat(offset(-1, 0).errorCode()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
        assertThat(offset(-1, 2).errorCode()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
        assertThat(offset(-1, 1).errorCode()).isZero();
        assertThat(data(fetch(12, 3, 2, -1)).errorCode()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
        assertThat(data(fetch(12, 3, 1, -1)).errorCode()).isZero();
        FetchResponse older = fetch(15, 3, 0, -1);
        assertThat(data(older).errorCode()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
        assertThat(data(older).currentLeader().leaderId()).isEqualTo(-1);
    }

    @Test
    void aFencedFetchIsToldTheLeaderAndItsEpoch() throws IOException {
        killAndStart();
        FetchResponse fenced = fetch(16, 0, 0, -1);
        assertThat(data(fenced).errorCode()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
        assertThat(data(fenced).currentLeader().leaderId()).isEqualTo(1);
        assertThat(data(fenced).currentLeader().leaderEpoch()).isEqualTo(1);
        assertThat(fenced.nodeEndpoints()).hasSize(1);
        assertThat(fenced.nodeEndpoints().get(0).nodeId()).isEqualTo(1);
        assertThat(fenced.nodeEndpoints().get(0).port()).isEqualTo(9092);
        FetchResponse current = fetch(16, 0, 1, -1);
        assertThat(data(current).errorCode()).isZero();
        assertThat(current.nodeEndpoints()).isEmpty();
    }

    @Test
    void offsetsComeWithTheEpochTheyLieIn() throws IOException {
        produce(3);
        killAndStart();
        assertThat(offset(-1, -1).leaderEpoch()).isEqualTo(1);
        assertThat(offset(-2, -1).leaderEpoch()).isZero();
        produce(1);
        assertThat(offset(-1, -1).leaderEpoch()).isEqualTo(1);
        assertThat(offset(NOW_MS, -1).leaderEpoch()).isZero();
    }

    @Test
    void anEmptyLogBeginsInTheEpochOfItsLeader() throws IOException {
        killAndStart();
        assertThat(offset(-2, -1).leaderEpoch()).isEqualTo(1);
        // Whoever has read what is no more is told that there is nothing.
        assertEnd(0, 0, 0);
        assertEnd(1, 1, 0);
    }

    @Test
    void aReaderPastTheNewEndNoticesThatTheTailIsLost() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        produce(5);
        restart();
        produce(20);
        assertThat(logEnd()).isEqualTo(25);
        SimulatedDisk running = disk;
        int losses = 0;
        for (int cut = 0; cut < 10; cut++) {
            cutPowerOf(running, seed + cut);
            long end = logEnd();
            assertThat(end).as("-Dseed=%d", seed).isBetween(5L, 25L);
            losses += end < 25 ? 1 : 0;
            assertThat(leaderEpoch()).isEqualTo(1);
            assertEnd(0, 0, end);
            PartitionData beyond = data(fetch(12, 25, 1, 0));
            assertThat(beyond.divergingEpoch().endOffset())
                    .as("-Dseed=%d", seed)
                    .isEqualTo(end < 25 ? end : -1);
            // The log grows past the reader, in two lives, of the first of which all may be lost.
            produce(5);
            assertEnd(0, 0, end);
            cutPowerOf(disk, seed - cut);
            long secondEnd = logEnd();
            assertThat(secondEnd).as("-Dseed=%d", seed).isBetween(end, end + 5);
            assertThat(leaderEpoch()).isEqualTo(2);
            assertEnd(1, secondEnd > end ? 1 : 0, secondEnd);
            assertEnd(0, 0, end);
            produce(30);
            assertEnd(1, secondEnd > end ? 1 : 0, secondEnd);
            assertEnd(0, 0, end);
            PartitionData diverging = data(fetch(12, 25, 2, 0));
            assertThat(diverging.errorCode()).isZero();
            assertThat(diverging.divergingEpoch().endOffset())
                    .as("-Dseed=%d", seed)
                    .isEqualTo(end < 25 ? end : -1);
        }
        assertThat(losses).as("-Dseed=%d", seed).isPositive();
    }

    @Test
    void recordsThatAreSyncedEndTheirEpochWhereTheyDid() throws IOException {
        beginAnew("fsync");
        produce(7);
        cutPowerOf(disk, 1);
        assertEnd(0, 0, 7);
        produce(3);
        cutPowerOf(disk, 2);
        assertThat(epochsOfBatches()).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 1, 1);
        assertEnd(0, 0, 7);
        assertEnd(1, 1, 10);
        assertEnd(2, 2, 10);
    }
}
