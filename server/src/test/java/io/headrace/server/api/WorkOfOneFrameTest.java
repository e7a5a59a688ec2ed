package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.headrace.core.config.BrokerConfig;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.headrace.protocol.message.CreatePartitionsResponse;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.headrace.protocol.message.DeleteTopicsResponse;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.server.config.BrokerLoggers;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Authorizer;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A frame costs work in proportion to its size, also where all its entries are the same or all differ. The work is counted
 * in questions to the authorizer and in bytes that the serving thread allocates.
 */
final class WorkOfOneFrameTest {
    private static final int SMALL = 500;
    private static final int FACTOR = 8;
    /** Twice what is in proportion; work that grows with the square would be {@code FACTOR * FACTOR}. */
    private static final int GROWTH_MAX = 2 * FACTOR;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Proposals metadata = new Proposals(MemoryMetadataLog.oneBroker());
    private final BrokerConfig config = BrokerConfig.of(Map.of("auto.create.topics.enable", "false"));
    private final TopicCreation creation = new TopicCreation(() -> config, UUID::randomUUID);
    private int questions;
    private final Authorizer counting = (principal, host, operation, type, name) -> {
        questions++;
        return true;
    };

    private record Work(long questions, long bytes) {}

    private <Q extends ApiMessage, A extends ApiMessage> Work work(
            RequestHandler<Q> handler, int version, Q request, Class<A> answer) {
        questions = 0;
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        assertThat(AnsweredRequest.ask(handler, version, request, answer)).isNotNull();
        long after = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        return new Work(questions, after - before);
    }

    private <Q extends ApiMessage, A extends ApiMessage> void assertProportional(
            RequestHandler<Q> handler, int version, IntFunction<Q> requests, Class<A> answer) {
        Work unused = work(handler, version, requests.apply(SMALL), answer); // what is made once for all is made here
        Work small = work(handler, version, requests.apply(SMALL), answer);
        Work large = work(handler, version, requests.apply(SMALL * FACTOR), answer);
        assertThat(large.questions).isLessThanOrEqualTo(GROWTH_MAX * Math.max(1, small.questions));
        assertThat(large.bytes).isLessThan(GROWTH_MAX * small.bytes);
    }

    private static List<String> different(int count) {
        return IntStream.range(0, count).mapToObj(i -> "topic-" + i).toList();
    }

    private static List<String> alike(int count) {
        String[] names = new String[count];
        Arrays.fill(names, "topic");
        return List.of(names);
    }

    private static void forBoth(Consumer<IntFunction<List<String>>> test) {
        test.accept(WorkOfOneFrameTest::different);
        test.accept(WorkOfOneFrameTest::alike);
    }

    @Test
    void createTopics() {
        CreateTopicsHandler handler = new CreateTopicsHandler(metadata, creation, () -> config, counting);
        forBoth(names -> assertProportional(
                handler,
                7,
                count -> new CreateTopicsRequest()
                        .setValidateOnly(true)
                        .setTopics(names.apply(count).stream()
                                .map(name -> new CreatableTopic()
                                        .setName(name)
                                        .setNumPartitions(1)
                                        .setReplicationFactor((short) 1))
                                .toList()),
                CreateTopicsResponse.class));
    }

    @Test
    void deleteTopics() {
        DeleteTopicsHandler handler = new DeleteTopicsHandler(metadata, () -> config, counting);
        forBoth(names -> assertProportional(
                handler,
                6,
                count -> new DeleteTopicsRequest()
                        .setTopics(names.apply(count).stream()
                                .map(name -> new DeleteTopicState().setName(name))
                                .toList()),
                DeleteTopicsResponse.class));
    }

    @Test
    void createPartitions() {
        CreatePartitionsHandler handler = new CreatePartitionsHandler(metadata, counting);
        forBoth(names -> assertProportional(
                handler,
                3,
                count -> new CreatePartitionsRequest()
                        .setValidateOnly(true)
                        .setTopics(names.apply(count).stream()
                                .map(name -> new CreatePartitionsTopic()
                                        .setName(name)
                                        .setCount(2)
                                        .setAssignments(null))
                                .toList()),
                CreatePartitionsResponse.class));
    }

    @Test
    void alterConfigs() {
        BrokerLoggers loggers = new BrokerLoggers();
        IncrementalAlterConfigsHandler handler = new IncrementalAlterConfigsHandler(
                metadata, new ConfigAlteration(() -> config, counting, loggers), loggers);
        forBoth(names -> assertProportional(
                handler,
                1,
                count -> new IncrementalAlterConfigsRequest()
                        .setValidateOnly(true)
                        .setResources(names.apply(count).stream()
                                .map(name -> new AlterConfigsResource()
                                        .setResourceType((byte) 2)
                                        .setResourceName(name))
                                .toList()),
                IncrementalAlterConfigsResponse.class));
    }

    @Test
    void metadata() {
        MetadataHandler handler = new MetadataHandler(metadata, creation, () -> config, counting);
        forBoth(names -> assertProportional(
                handler,
                12,
                count -> new MetadataRequest()
                        .setTopics(names.apply(count).stream()
                                .map(name -> new MetadataRequestTopic().setName(name))
                                .toList()),
                MetadataResponse.class));
    }
}
