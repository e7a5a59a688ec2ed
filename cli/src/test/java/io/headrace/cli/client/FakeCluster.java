package io.headrace.cli.client;

import io.headrace.network.client.ClientOptions;
import io.headrace.network.client.FakeBroker;
import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.headrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.headrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Brokers with scripted answers that lead a partition each of one topic, and a connection to them. */
public final class FakeCluster implements AutoCloseable {
    /** The topic, whose partition N the broker N leads. */
    public static final String TOPIC = "orders";

    /** The topic's id, whose text has both of the characters that tell URL-safe base64 from the common one. */
    public static final UUID TOPIC_ID = new UUID(0x01fbff3e7f4aa0b1L, 0xe2fbefbe00ffee02L);

    private final NetworkLoops loops = NetworkLoops.startNio(1, "fake");
    private final List<FakeBroker> brokers = new ArrayList<>();
    private final Cluster cluster;

    public FakeCluster(int brokerCount) throws IOException {
        for (int i = 0; i < brokerCount; i++) {
            brokers.add(new FakeBroker(loops).on(ApiKey.METADATA, request -> metadata()));
        }
        cluster = connect();
    }

    /** One more connection, which the caller closes. */
    public Cluster connect() {
        return new Cluster(
                List.of(brokers.get(0).address()), ClientOptions.of("test").withTimeoutMs(20_000));
    }

    private MetadataResponse metadata() {
        List<MetadataResponseBroker> nodes = new ArrayList<>();
        List<MetadataResponsePartition> partitions = new ArrayList<>();
        for (int i = 0; i < brokers.size(); i++) {
            nodes.add(new MetadataResponseBroker()
                    .setNodeId(i)
                    .setHost(brokers.get(i).address().host())
                    .setPort(brokers.get(i).address().port()));
            partitions.add(new MetadataResponsePartition().setPartitionIndex(i).setLeaderId(i));
        }
        return new MetadataResponse()
                .setBrokers(nodes)
                .setTopics(List.of(new MetadataResponseTopic()
                        .setName(TOPIC)
                        .setTopicId(TOPIC_ID)
                        .setPartitions(partitions)));
    }

    public FakeBroker broker(int number) {
        return brokers.get(number);
    }

    public Cluster cluster() {
        return cluster;
    }

    @Override
    public void close() {
        cluster.close();
        brokers.forEach(FakeBroker::close);
        loops.close();
    }
}
