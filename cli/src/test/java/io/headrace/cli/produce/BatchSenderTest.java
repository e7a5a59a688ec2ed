package io.headrace.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.cli.client.FakeCluster;
import io.headrace.network.client.FakeBroker;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.message.ProduceResponse.TopicProduceResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchSenderTest {
    /** What tells one arrival of a batch from another. */
    private record Arrival(long producerId, short epoch, int sequence, int records) {}

    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();

    private static ApiMessage identity(ErrorCode error) {
        boolean given = error == ErrorCode.NONE;
        return new InitProducerIdResponse()
                .setErrorCode(error.code())
                .setProducerId(given ? 77 : -1)
                .setProducerEpoch((short) (given ? 3 : -1));
    }

    private Arrival arrive(ApiMessage request) {
        BufferPayload records = (BufferPayload) Objects.requireNonNull(((ProduceRequest) request)
                .topicData()
                .get(0)
                .partitionData()
                .get(0)
                .records());
        RecordBatch batch = RecordBatch.of(records.buffer());
        Arrival arrival =
                new Arrival(batch.producerId(), batch.producerEpoch(), batch.baseSequence(), batch.recordCount());
        arrivals.add(arrival);
        return arrival;
    }

    private static ProduceResponse answer(ErrorCode error) {
        return new ProduceResponse()
                .setResponses(List.of(new TopicProduceResponse()
                        .setName(FakeCluster.TOPIC)
                        .setPartitionResponses(List.of(new PartitionProduceResponse().setErrorCode(error.code())))));
    }

    /** Two batches, of two records and of one. */
    private static long send(FakeCluster fake, int acks) {
        BatchSender sender =
                new BatchSender(fake.cluster().client(), FakeCluster.TOPIC, 1, (short) acks, Compression.NONE);
        sender.add(0, 1, null, new byte[] {1}, List.of());
        sender.add(0, 1, null, new byte[] {2}, List.of());
        sender.flush();
        sender.add(0, 1, null, new byte[] {3}, List.of());
        sender.finish();
        return sender.recordsDone();
    }

    /** A broker that appends the first batch, and whose connection breaks before the answer. */
    private @Nullable ApiMessage breakOnce(FakeBroker broker, ApiMessage request) {
        boolean again = arrivals.contains(arrive(request)) && arrivals.size() == 2;
        if (arrivals.size() == 1) {
            broker.dropConnections();
            return null;
        }
        return answer(again ? ErrorCode.DUPLICATE_SEQUENCE_NUMBER : ErrorCode.NONE);
    }

    @Test
    void aBatchThatIsSentAgainIsKnownAgain() throws IOException {
        try (FakeCluster fake = new FakeCluster(1)) {
            FakeBroker broker = fake.broker(0);
            broker.on(ApiKey.INIT_PRODUCER_ID, request -> identity(ErrorCode.NONE))
                    .on(ApiKey.PRODUCE, request -> breakOnce(broker, request));
            assertThat(send(fake, -1)).isEqualTo(3);
        }
        Arrival first = new Arrival(77, (short) 3, 0, 2);
        assertThat(arrivals).containsExactly(first, first, new Arrival(77, (short) 3, 2, 1));
    }

    @Test
    void withoutAnIdentityItIsAPlainProducer() throws IOException {
        try (FakeCluster fake = new FakeCluster(1)) {
            fake.broker(0)
                    .on(ApiKey.INIT_PRODUCER_ID, request -> identity(ErrorCode.CLUSTER_AUTHORIZATION_FAILED))
                    .on(ApiKey.PRODUCE, request -> {
                        arrive(request);
                        return answer(ErrorCode.NONE);
                    });
            assertThat(send(fake, -1)).isEqualTo(3);
        }
        assertThat(arrivals).extracting(Arrival::producerId).containsExactly(-1L, -1L);
        assertThat(arrivals).extracting(Arrival::sequence).containsExactly(-1, -1);
    }

    @Test
    void withFewerAcksNoIdentityIsAskedFor() throws IOException {
        try (FakeCluster fake = new FakeCluster(1)) {
            fake.broker(0).on(ApiKey.PRODUCE, request -> {
                arrive(request);
                return answer(ErrorCode.NONE);
            });
            assertThat(send(fake, 1)).isEqualTo(3);
        }
        assertThat(arrivals).extracting(Arrival::producerId).containsExactly(-1L, -1L);
    }
}
