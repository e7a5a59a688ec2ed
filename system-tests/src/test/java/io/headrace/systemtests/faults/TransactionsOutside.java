package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What anybody can see of some transactions, and what is to be seen. */
final class TransactionsOutside implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Clients clients;
    private final Admin admin;
    private final List<OneTransaction> transactions;
    private final List<TopicPartition> partitions = new ArrayList<>();

    TransactionsOutside(Broker broker, List<OneTransaction> transactions) {
        this.clients = new Clients(broker);
        this.admin = clients.admin();
        this.transactions = transactions;
        transactions.forEach(transaction -> partitions.addAll(transaction.partitions()));
    }

    /** Where each transaction stands, by its id. */
    Map<String, TransactionState> states() {
        Map<String, TransactionState> states = new HashMap<>();
        List<String> ids =
                transactions.stream().map(transaction -> transaction.id).toList();
        Map<String, TransactionDescription> described =
                Clients.await(admin.describeTransactions(ids).all());
        described.forEach((id, description) -> states.put(id, description.state()));
        return states;
    }

    /** Waits until each of some transactions is as complete as it is to be. */
    void awaitOver(Collection<OneTransaction> some) {
        Map<String, TransactionState> open = new HashMap<>();
        Await.until(() -> "the end of " + open, LIMIT, () -> {
            Map<String, TransactionState> states = states();
            open.clear();
            for (OneTransaction transaction : some) {
                TransactionState state = Clients.at(states, transaction.id);
                if (!transaction.isOver(state)) {
                    open.put(transaction.id, state);
                }
            }
            return open.isEmpty();
        });
    }

    /** Requires that all transactions are over in all partitions, and that just what is committed counts. */
    void requireOver() throws IOException {
        try (Consumer<String, String> committed = clients.consumer(Map.of("isolation.level", "read_committed"));
                Consumer<String, String> everything = clients.consumer(Map.of())) {
            Map<TopicPartition, Long> ends = everything.endOffsets(partitions);
            assertThat(committed.endOffsets(partitions))
                    .as("last stable offsets")
                    .isEqualTo(ends);
            Map<TopicPartition, List<String>> committedValues = read(committed, ends);
            Map<TopicPartition, List<String>> allValues = read(everything, ends);
            for (OneTransaction transaction : transactions) {
                for (TopicPartition partition : transaction.partitions()) {
                    assertThat(Clients.at(committedValues, partition))
                            .as("committed in %s", partition)
                            .isEqualTo(transaction.values(partition, true));
                    assertThat(Clients.at(allValues, partition))
                            .as("in %s", partition)
                            .isEqualTo(transaction.values(partition, false));
                }
            }
        }
        Map<TopicPartition, PartitionProducerState> producers =
                Clients.await(admin.describeProducers(partitions).all());
        producers.forEach((partition, state) -> assertThat(state.activeProducers())
                .as("transactions in %s", partition)
                .allMatch(producer -> producer.currentTransactionStartOffset().isEmpty()));
        requireOffsets();
        for (OneTransaction transaction : transactions) {
            transaction.requireMarkers();
        }
    }

    private void requireOffsets() {
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        Map<String, Long> wanted = new HashMap<>();
        for (OneTransaction transaction : transactions) {
            asked.put(transaction.id, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(transaction.first)));
            wanted.put(transaction.id, transaction.committedOffset());
        }
        Map<String, Map<TopicPartition, OffsetAndMetadata>> answer = Clients.await(
                admin.listConsumerGroupOffsets(asked, new ListConsumerGroupOffsetsOptions().requireStable(true))
                        .all());
        Map<String, Long> offsets = new HashMap<>();
        answer.forEach((group, found) -> found.values().stream()
                .filter(Objects::nonNull)
                .forEach(offset -> offsets.put(group, offset.offset())));
        assertThat(offsets).isEqualTo(wanted);
    }

    /** The values of each partition in their order. */
    private static Map<TopicPartition, List<String>> read(
            Consumer<String, String> reader, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, List<String>> values = new HashMap<>();
        ends.keySet().forEach(partition -> values.put(partition, new ArrayList<>()));
        reader.assign(ends.keySet());
        reader.seekToBeginning(ends.keySet());
        Await.until("the ends of all partitions", LIMIT, () -> {
            reader.poll(Duration.ofMillis(20))
                    .forEach(record -> Clients.at(values, new TopicPartition(record.topic(), record.partition()))
                            .add(record.value()));
            return ends.entrySet().stream().allMatch(end -> reader.position(end.getKey()) >= end.getValue());
        });
        return values;
    }

    @Override
    public void close() {
        admin.close();
    }
}
