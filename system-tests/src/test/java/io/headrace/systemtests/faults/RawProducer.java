package io.headrace.systemtests.faults;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.RawConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddOffsetsToTxnRequest;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.jspecify.annotations.Nullable;

/**
 * A transactional producer whose every request a test decides on: it can also send one and not wait for the answer. Like a
 * client it asks again what is refused for a while only, and takes on the identity that an answer gives it.
 */
final class RawProducer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final short ALL_REPLICAS = -1;
    private static final Set<Errors> FOR_A_WHILE = Set.of(
            Errors.CONCURRENT_TRANSACTIONS,
            Errors.COORDINATOR_LOAD_IN_PROGRESS,
            Errors.COORDINATOR_NOT_AVAILABLE,
            Errors.NOT_COORDINATOR,
            Errors.NOT_ENOUGH_REPLICAS);

    private final Broker broker;
    private final String id;
    private final boolean epochPerTransaction;
    private final Map<TopicPartition, Integer> sequences = new HashMap<>();
    private @Nullable RawConnection connection;
    private long producerId = -1;
    private short epoch = -1;

    /**
     * @param id its transactional id, and the group that it commits offsets of
     * @param epochPerTransaction whether it knows that each transaction has its own epoch (KIP-890), or adds partitions itself
     */
    RawProducer(Broker broker, String id, boolean epochPerTransaction) {
        this.broker = broker;
        this.id = id;
        this.epochPerTransaction = epochPerTransaction;
    }

    // Requests

    AbstractRequest initRequest(int timeoutMs) {
        InitProducerIdRequestData data = new InitProducerIdRequestData()
                .setTransactionalId(id)
                .setTransactionTimeoutMs(timeoutMs)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
        return new InitProducerIdRequest.Builder(data).build((short) (epochPerTransaction ? 5 : 4));
    }

    AbstractRequest addPartitionsRequest(List<TopicPartition> partitions) {
        return AddPartitionsToTxnRequest.Builder.forClient(id, producerId, epoch, partitions)
                .build((short) 3);
    }

    /** A record that follows what was written before, the same one until {@link #write} was answered. */
    AbstractRequest writeRequest(TopicPartition partition, String value) {
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE,
                producerId,
                epoch,
                sequences.getOrDefault(partition, 0),
                new SimpleRecord(System.currentTimeMillis(), value.getBytes(StandardCharsets.UTF_8)));
        ProduceRequestData.TopicProduceData topic = new ProduceRequestData.TopicProduceData()
                .setName(partition.topic())
                .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                        .setIndex(partition.partition())
                        .setRecords(records)));
        ProduceRequestData data = new ProduceRequestData()
                .setTransactionalId(id)
                .setAcks(ALL_REPLICAS)
                .setTimeoutMs(30_000)
                .setTopicData(new ProduceRequestData.TopicProduceDataCollection(
                        List.of(topic).iterator()));
        return new ProduceRequest(data, (short) (epochPerTransaction ? 12 : 11));
    }

    AbstractRequest endRequest(boolean commit) {
        EndTxnRequestData data = new EndTxnRequestData()
                .setTransactionalId(id)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setCommitted(commit);
        return new EndTxnRequest.Builder(data, epochPerTransaction).build((short) 5);
    }

    /** Sends a request whose answer will not come. */
    void send(AbstractRequest request) throws IOException {
        connection().send(request);
    }

    // What a client does

    void init(int timeoutMs) {
        InitProducerIdResponseData answer =
                required(initRequest(timeoutMs), InitProducerIdResponse.class).data();
        become(answer.producerId(), answer.producerEpoch());
    }

    /** The first answer, whatever it is. */
    Errors tryInit(int timeoutMs) {
        return onlyError(ask(initRequest(timeoutMs), InitProducerIdResponse.class));
    }

    void addPartitions(List<TopicPartition> partitions) {
        required(addPartitionsRequest(partitions), AddPartitionsToTxnResponse.class);
    }

    void write(TopicPartition partition, String value) {
        required(writeRequest(partition, value), ProduceResponse.class);
        sequences.merge(partition, 1, Integer::sum);
    }

    void commitOffset(TopicPartition partition, long offset) {
        if (!epochPerTransaction) {
            AddOffsetsToTxnRequestData data = new AddOffsetsToTxnRequestData()
                    .setTransactionalId(id)
                    .setProducerId(producerId)
                    .setProducerEpoch(epoch)
                    .setGroupId(id);
            required(new AddOffsetsToTxnRequest(data, (short) 3), AddOffsetsToTxnResponse.class);
        }
        TxnOffsetCommitRequest.CommittedOffset committed =
                new TxnOffsetCommitRequest.CommittedOffset(offset, "", Optional.empty());
        required(
                new TxnOffsetCommitRequest.Builder(
                                id, id, producerId, epoch, Map.of(partition, committed), epochPerTransaction)
                        .build((short) 5),
                TxnOffsetCommitResponse.class);
    }

    void end(boolean commit) {
        EndTxnResponseData answer =
                required(endRequest(commit), EndTxnResponse.class).data();
        if (epochPerTransaction) {
            become(answer.producerId(), answer.producerEpoch());
        }
    }

    /** What a request comes to that may be refused for good. */
    Errors tryEnd(AbstractRequest endRequest) {
        return onlyError(askForAWhile(endRequest, EndTxnResponse.class));
    }

    private void become(long newProducerId, short newEpoch) {
        if (newProducerId != producerId || newEpoch != epoch) {
            sequences.clear();
        }
        producerId = newProducerId;
        epoch = newEpoch;
    }

    private <T extends AbstractResponse> T required(AbstractRequest request, Class<T> answer) {
        T given = askForAWhile(request, answer);
        assertThat(onlyError(given)).as("%s of %s", request.apiKey(), id).isEqualTo(Errors.NONE);
        return given;
    }

    private <T extends AbstractResponse> T askForAWhile(AbstractRequest request, Class<T> answer) {
        AtomicReference<T> last = new AtomicReference<>();
        Await.until(() -> request.apiKey() + " of " + id + "; the last answer is " + last.get(), LIMIT, () -> {
            T given = ask(request, answer);
            last.set(given);
            return !FOR_A_WHILE.contains(onlyError(given));
        });
        return requireNonNull(last.get());
    }

    private <T extends AbstractResponse> T ask(AbstractRequest request, Class<T> answer) {
        try {
            return connection().ask(request, answer);
        } catch (IOException e) {
            throw new AssertionError(request.apiKey() + " of " + id + " was not answered", e);
        }
    }

    private static Errors onlyError(AbstractResponse answer) {
        Set<Errors> errors = answer.errorCounts().keySet();
        assertThat(errors).as(() -> answer.toString()).hasSize(1);
        return errors.iterator().next();
    }

    private RawConnection connection() throws IOException {
        RawConnection open = connection;
        if (open == null) {
            open = new RawConnection(broker);
            connection = open;
        }
        return open;
    }

    /** The next request opens a connection. */
    @Override
    public void close() throws IOException {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
