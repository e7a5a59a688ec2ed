package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.DescribeGroupsRequest;
import io.headrace.protocol.message.DescribeGroupsResponse;
import io.headrace.protocol.message.DescribeTransactionsRequest;
import io.headrace.protocol.message.DescribeTransactionsResponse;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.ListTransactionsRequest;
import io.headrace.protocol.message.ListTransactionsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that is sent damaged requests of every API and version answers, or closes the connection and counts why. It never
 * breaks, and other clients notice nothing.
 *
 * <p>{@code -Dseed=} repeats a run, {@code -Dframes=} makes it longer.
 */
final class MutatedFramesTest {
    private static final int FRAMES = Integer.getInteger("frames", 200_000);
    private static final int DRIVERS = 4;
    /** About half are sent; of those that must be refused most are not. */
    private static final int SENT_MIN = FRAMES / 3;

    private static final long HEAP_GROWTH_MAX = 64L << 20;
    private static final int[] BATCH_FIELD_POSITIONS = {
        0, 4, 8, 12, 16, 17, 21, 22, 23, 27, 31, 35, 39, 43, 47, 51, 53, 57
    };

    private final long seed = Long.getLong("seed", System.nanoTime());

    private RunningBroker broker;
    private Set<ApiKey> served;
    private UUID topicId;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        System.out.println("seed " + seed);
        broker = RunningBroker.start(directory, Map.of());
        topicId = broker.createTopic("fuzz", 1, Map.of());
        served = EnumSet.noneOf(ApiKey.class);
        ((ApiVersionsResponse) broker.ask(new ApiVersionsRequest(), 0))
                .apiKeys()
                .forEach(api -> served.add(Objects.requireNonNull(ApiKey.forId(api.apiKey()))));
        served.add(ApiKey.GET_TELEMETRY_SUBSCRIPTIONS);
        served.add(ApiKey.PUSH_TELEMETRY);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void answersValidRequestsInEveryVersion() throws IOException {
        SampleRequests samples = new SampleRequests(random(0), "fuzz", topicId);
        int versions = 0;
        try (FrameDriver driver = new FrameDriver(broker, served, topicId)) {
            for (ApiKey key : served) {
                for (short version = key.lowestVersion(); version <= key.highestVersion(); version++) {
                    versions++;
                    for (int i = 0; i < 8; i++) {
                        driver.drive(RawClient.encode(samples.request(key, version), version));
                        driver.flush();
                    }
                }
            }
            assertThat(driver.sent).isEqualTo(versions * 8L);
        }
        assertThat(broker.errors()).isEmpty();
        assertThat(broker.closed(CloseReason.HANDLER_FAILURE)).isZero();
        assertNextClientIsServed();
    }

    @Test
    void survivesDamagedRequests() throws Exception {
        createOffsetsTopic();
        run(FRAMES / 20, 100);
        Set<String> threads = brokerThreads();
        Map<CloseReason, Long> closedBefore = broker.closeCounts();
        long heapBefore = usedHeapBytes();
        long startedNs = System.nanoTime();

        List<FrameDriver> drivers = run(FRAMES, 1);

        long count = drivers.stream().mapToLong(driver -> driver.count).sum();
        long sent = drivers.stream().mapToLong(driver -> driver.sent).sum();
        long answered = drivers.stream().mapToLong(driver -> driver.answered).sum();
        long heapGrowth = usedHeapBytes() - heapBefore;
        System.out.printf(
                "%d frames, %d sent, %d answered, heap grew by %d KiB, %d ms%n",
                count, sent, answered, heapGrowth >> 10, (System.nanoTime() - startedNs) / 1_000_000);
        assertThat(broker.errors()).isEmpty();
        for (CloseReason reason : List.of(
                CloseReason.EMPTY_FRAME,
                CloseReason.MALFORMED_REQUEST,
                CloseReason.UNSUPPORTED_REQUEST,
                CloseReason.UNANSWERED_ERROR)) {
            long seen = drivers.stream()
                    .mapToLong(driver -> driver.closes().getOrDefault(reason, 0L))
                    .sum();
            broker.awaitClosed(reason, closedBefore.getOrDefault(reason, 0L) + seen);
        }
        assertThat(broker.closed(CloseReason.HANDLER_FAILURE)).isZero();
        assertThat(brokerThreads()).containsAll(threads);
        assertThat(count).isGreaterThanOrEqualTo(FRAMES);
        assertThat(sent).isGreaterThanOrEqualTo(SENT_MIN);
        assertThat(heapGrowth).isLessThan(HEAP_GROWTH_MAX);
        assertNextClientIsServed();
        assertCoordinatorsServe();
    }

    private List<FrameDriver> run(int frames, int firstStream) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(DRIVERS, task -> new Thread(task, "driver"));
        try {
            List<Callable<FrameDriver>> tasks = new ArrayList<>();
            for (int i = 0; i < DRIVERS; i++) {
                int stream = firstStream + i;
                tasks.add(() -> drive(random(stream), (frames + DRIVERS - 1) / DRIVERS, stream == 1));
            }
            List<FrameDriver> drivers = new ArrayList<>();
            for (Future<FrameDriver> driver : pool.invokeAll(tasks)) {
                drivers.add(driver.get());
            }
            return drivers;
        } finally {
            pool.shutdownNow();
        }
    }

    private FrameDriver drive(RandomGenerator random, int frames, boolean truncations) throws IOException {
        SampleRequests samples = new SampleRequests(random, "fuzz", topicId);
        FrameMutations mutations = new FrameMutations(random);
        List<ApiKey> keys = List.copyOf(served);
        List<byte[]> corpus = new ArrayList<>();
        for (ApiKey key : keys) {
            for (short version = key.lowestVersion(); version <= key.highestVersion(); version++) {
                corpus.add(RawClient.encode(samples.request(key, version), version));
            }
        }
        try (FrameDriver driver = new FrameDriver(broker, served, topicId)) {
            if (truncations) {
                for (byte[] frame : corpus) {
                    for (int length = 0; length < frame.length; length++) {
                        driver.drive(Arrays.copyOf(frame, length));
                    }
                }
            }
            while (driver.count < frames) {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int kind = random.nextInt(16);
                if (kind == 0) {
                    driver.drive(produceOfDamagedBatch(samples, random));
                } else if (kind < 4) {
                    ApiKey key = keys.get(random.nextInt(keys.size()));
                    short version = (short) random.nextInt(key.lowestVersion(), key.highestVersion() + 1);
                    driver.drive(RawClient.encode(samples.hostileRequest(key, version), version));
                } else {
                    driver.drive(mutations.mutate(corpus.get(random.nextInt(corpus.size())), other));
                }
            }
            driver.flush();
            return driver;
        }
    }

    /** A sound request that carries a batch whose header lies, with a checksum that is right in two of three. */
    private byte[] produceOfDamagedBatch(SampleRequests samples, RandomGenerator random) {
        Compression[] codecs = Compression.values();
        ByteBuffer batch = samples.batch(codecs[random.nextInt(codecs.length)]);
        int position = BATCH_FIELD_POSITIONS[random.nextInt(BATCH_FIELD_POSITIONS.length)];
        int[] values = {
            Integer.MIN_VALUE,
            -1,
            0,
            1,
            2,
            batch.remaining() - 12,
            batch.remaining(),
            Integer.MAX_VALUE,
            random.nextInt()
        };
        int value = values[random.nextInt(values.length)];
        switch (random.nextInt(3)) {
            case 0 -> batch.put(position, (byte) value);
            case 1 -> batch.putShort(position, (short) value);
            default -> batch.putInt(position, value);
        }
        if (random.nextInt(4) == 0) {
            int at = random.nextInt(batch.remaining());
            batch.put(at, (byte) random.nextInt());
        }
        if (random.nextInt(3) != 0) {
            RecordBatch fixed = RecordBatch.at(batch, 0);
            if (fixed.sizeBytes() > RecordBatch.HEADER_SIZE_BYTES && fixed.sizeBytes() <= batch.remaining()) {
                batch.putInt(17, (int) fixed.computeCrc());
            }
        }
        int version = random.nextInt(3, 13);
        return RawClient.encode(produce("fuzz", batch), version);
    }

    private static ProduceRequest produce(String topic, ByteBuffer batch) {
        return new ProduceRequest()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(List.of(new TopicProduceData()
                        .setName(topic)
                        .setPartitionData(
                                List.of(new PartitionProduceData().setIndex(0).setRecords(new BufferPayload(batch))))));
    }

    private void createOffsetsTopic() throws IOException {
        SampleRequests samples = new SampleRequests(random(0), "fuzz", topicId);
        var unused = broker.ask(samples.request(ApiKey.FIND_COORDINATOR, (short) 0), 0);
    }

    private void assertNextClientIsServed() throws IOException {
        UUID steady = broker.createTopic("steady", 1, Map.of());
        assertThat(steady).isNotEqualTo(new UUID(0, 0));
        SampleRequests samples = new SampleRequests(random(0), "steady", steady);
        ProduceResponse produced = (ProduceResponse) broker.ask(produce("steady", samples.batch(Compression.NONE)), 12);
        assertThat(produced.responses().get(0).partitionResponses().get(0).errorCode())
                .isEqualTo(ErrorCode.NONE.code());
        MetadataResponse metadata = (MetadataResponse)
                broker.ask(new MetadataRequest().setTopics(List.of(new MetadataRequestTopic().setName("steady"))), 12);
        assertThat(metadata.topics().get(0).errorCode()).isEqualTo(ErrorCode.NONE.code());
    }

    /** Asks every coordinator for an answer, those of groups and those of transactions. */
    private void assertCoordinatorsServe() throws IOException {
        List<String> names = IntStream.range(0, 100).mapToObj(i -> "any-" + i).toList();
        for (byte keyType = 0; keyType <= 1; keyType++) {
            FindCoordinatorResponse found = (FindCoordinatorResponse)
                    broker.ask(new FindCoordinatorRequest().setKeyType(keyType).setCoordinatorKeys(names), 4);
            assertThat(found.coordinators()).hasSize(names.size()).allMatch(entry -> entry.errorCode() == 0);
        }
        DescribeGroupsResponse groups =
                (DescribeGroupsResponse) broker.ask(new DescribeGroupsRequest().setGroups(names), 5);
        assertThat(groups.groups()).hasSize(names.size()).allMatch(group -> group.errorCode() == 0);
        DescribeTransactionsResponse transactions = (DescribeTransactionsResponse)
                broker.ask(new DescribeTransactionsRequest().setTransactionalIds(names), 0);
        assertThat(transactions.transactionStates())
                .hasSize(names.size())
                .allMatch(state -> state.errorCode() == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code());
        ListTransactionsResponse listed = (ListTransactionsResponse) broker.ask(new ListTransactionsRequest(), 0);
        assertThat(listed.errorCode()).isZero();
    }

    private RandomGenerator random(int stream) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + stream);
    }

    /** The threads that live as long as the broker; the pool for reading lets its own go. */
    private static Set<String> brokerThreads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            String name = thread.getName();
            if (!name.startsWith("io-") && !name.startsWith("driver") && !name.startsWith("process reaper")) {
                names.add(name);
            }
        }
        return names;
    }

    private static long usedHeapBytes() {
        var memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
