package io.headrace.cli.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.FakeCluster;
import io.headrace.cli.client.Session;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.DescribeConfigsResponse;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsTopicResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class DescribeTopicsCommandTest {
    private final StringWriter out = new StringWriter();

    /** Runs the command in a session that asks a cluster. */
    private String describe(FakeCluster fake, String... arguments) {
        Session session = new Session() {
            @Override
            public Cluster connect() {
                return fake.connect();
            }

            @Override
            public boolean verbose() {
                return false;
            }

            @Override
            public PrintWriter out() {
                return new PrintWriter(out);
            }

            @Override
            public PrintWriter err() {
                return out();
            }
        };
        assertThat(new CommandLine(new DescribeTopicsCommand(session)).execute(arguments))
                .isZero();
        return out.toString();
    }

    private static FakeCluster cluster() throws IOException {
        FakeCluster fake = new FakeCluster(1);
        fake.broker(0)
                .on(ApiKey.DESCRIBE_CONFIGS, request -> new DescribeConfigsResponse())
                .on(ApiKey.LIST_OFFSETS, DescribeTopicsCommandTest::offsets);
        return fake;
    }

    private static ApiMessage offsets(ApiMessage request) {
        long time = ((ListOffsetsRequest) request)
                .topics()
                .get(0)
                .partitions()
                .get(0)
                .timestamp();
        return new ListOffsetsResponse()
                .setTopics(List.of(new ListOffsetsTopicResponse()
                        .setName(FakeCluster.TOPIC)
                        .setPartitions(List.of(new ListOffsetsPartitionResponse()
                                .setPartitionIndex(0)
                                .setOffset(time == Cluster.LATEST ? 7 : 3)))));
    }

    /** The form that Kafka's own tools print and take. */
    @Test
    void topicIdsAreUrlSafeBase64() throws IOException {
        try (FakeCluster fake = cluster()) {
            assertThat(describe(fake, FakeCluster.TOPIC).lines()).contains("Id:        Afv_Pn9KoLHi----AP_uAg");
        }
    }

    @Test
    void topicIdsAreUrlSafeBase64InJsonToo() throws IOException {
        try (FakeCluster fake = cluster()) {
            assertThat(describe(fake, "-o", "json", FakeCluster.TOPIC)).contains("\"id\" : \"Afv_Pn9KoLHi----AP_uAg\"");
        }
    }
}
