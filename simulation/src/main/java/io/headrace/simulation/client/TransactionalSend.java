package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.client.Topics.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Batches of a transaction on their way: requests go out one after the other without waiting, each with at most one batch
 * for a partition; what is refused goes once more when all are answered.
 */
final class TransactionalSend {
    private static final short ACKS_ALL = -1;
    private static final short OLD_PRODUCE_VERSION_MAX = 11;
    private static final short PRODUCE_VERSION_WITH_NAMES = 12;
    private static final int REFUSALS_MAX = 100;

    private final SimulatedClient client;
    private final TransactionSession session;
    private final List<TransactionalBatch> batches;
    private int unanswered;
    private int refusals;
    private @Nullable ErrorCode worst;

    TransactionalSend(SimulatedClient client, TransactionSession session, List<TransactionalBatch> batches) {
        this.client = client;
        this.session = session;
        this.batches = batches;
    }

    /**
     * Sends what is not acknowledged yet.
     *
     * @param again called if some of it has to be sent once more
     * @param failed called with an error that another try does not mend
     */
    void start(Runnable again, Consumer<ErrorCode> failed, Runnable done) {
        List<List<TransactionalBatch>> rounds = rounds();
        unanswered = rounds.size();
        worst = null;
        if (rounds.isEmpty()) {
            done.run();
        }
        short version = version();
        for (List<TransactionalBatch> round : rounds) {
            client.call(ApiKey.PRODUCE, version, request(round), ProduceResponse.class, response -> {
                onAnswer(round, response);
                if (--unanswered == 0) {
                    conclude(again, failed, done);
                }
            });
        }
    }

    private short version() {
        if (session.isOld()) {
            return OLD_PRODUCE_VERSION_MAX;
        }
        return client.random.nextBoolean() ? PRODUCE_VERSION_WITH_NAMES : ApiKey.PRODUCE.highestVersion();
    }

    private List<List<TransactionalBatch>> rounds() {
        List<List<TransactionalBatch>> rounds = new ArrayList<>();
        Map<Partition, Integer> counts = new HashMap<>();
        for (TransactionalBatch batch : batches) {
            if (!batch.isAcknowledged()) {
                int round = counts.merge(batch.partition(), 1, Integer::sum) - 1;
                if (round == rounds.size()) {
                    rounds.add(new ArrayList<>());
                }
                rounds.get(round).add(batch);
            }
        }
        return rounds;
    }

    private ProduceRequest request(List<TransactionalBatch> round) {
        Map<String, ProduceRequest.TopicProduceData> topics = new LinkedHashMap<>();
        for (TransactionalBatch batch : round) {
            Partition partition = batch.partition();
            topics.computeIfAbsent(partition.topic(), name -> new ProduceRequest.TopicProduceData()
                            .setName(name)
                            .setTopicId(partition.topicId()))
                    .partitionData()
                    .add(new ProduceRequest.PartitionProduceData()
                            .setIndex(partition.index())
                            .setRecords(new BufferPayload(Records.batch(
                                    partition,
                                    batch.values(),
                                    session.producerId(),
                                    session.epoch(),
                                    batch.firstSequence(),
                                    true))));
        }
        return new ProduceRequest()
                .setTransactionalId(session.transactionalId())
                .setAcks(ACKS_ALL)
                .setTimeoutMs(10_000)
                .setTopicData(List.copyOf(topics.values()));
    }

    private void onAnswer(List<TransactionalBatch> round, ProduceResponse response) {
        for (ProduceResponse.TopicProduceResponse topic : response.responses()) {
            for (ProduceResponse.PartitionProduceResponse result : topic.partitionResponses()) {
                for (TransactionalBatch batch : round) {
                    Partition partition = batch.partition();
                    boolean same = partition.topic().equals(topic.name())
                            || partition.topicId().equals(topic.topicId());
                    if (same && partition.index() == result.index()) {
                        onResult(batch, client.error(result.errorCode()), result.baseOffset());
                    }
                }
            }
        }
    }

    private void onResult(TransactionalBatch batch, ErrorCode error, long baseOffset) {
        if (error == ErrorCode.NONE) {
            batch.acknowledged(baseOffset);
            client.world.count("transactional batches acknowledged");
            if (baseOffset >= 0) {
                client.world.topics.acknowledged(
                        batch.partition(), baseOffset + batch.values().size());
            }
        } else if (worst == null || isWorse(error)) {
            worst = error;
        }
    }

    /** A batch after one that was refused is out of order, which says nothing. */
    private boolean isWorse(ErrorCode error) {
        return worst == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
                || error == ErrorCode.INVALID_PRODUCER_EPOCH
                || error == ErrorCode.PRODUCER_FENCED;
    }

    private void conclude(Runnable again, Consumer<ErrorCode> failed, Runnable done) {
        ErrorCode error = worst;
        if (error == null) {
            done.run();
        } else if (error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && ++refusals <= REFUSALS_MAX) {
            client.world.count("transactions told " + error);
            again.run();
        } else {
            failed.accept(error);
        }
    }
}
