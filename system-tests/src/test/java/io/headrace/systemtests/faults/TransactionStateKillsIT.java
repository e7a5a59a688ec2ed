package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.faults.TransactionCase.InFlight;
import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.RawConnection;
import io.headrace.systemtests.harness.StoppedWrites;
import io.headrace.systemtests.harness.StoppedWrites.Rule;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * kill -9 while there is a transaction in each of the states that one can be in ({@link TransactionCase#ALL}): all of them end
 * as was decided, or as their producers decide afterwards, in all partitions, and the producers go on. About 20 s.
 *
 * <p>States that last no longer than a write are kept by refusing that write as on a full disk. Those in which a write has
 * begun come last: the log writer is stopped in a commit to its journal, all that goes on meanwhile becomes one group, and
 * the log writer is stopped and killed in the middle of that.
 */
class TransactionStateKillsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int TRIES = 3;
    private static final int INTERNAL_PARTITIONS = 50;
    private static final String JOURNAL = "/journal/journal-";
    /** Longer than the pauses before a coordinator tries again, here and {@link #SETTINGS}. */
    private static final long RETRIED_WITHIN_MS = 300;

    private static final Map<String, String> SETTINGS = Map.of(
            "transaction.state.log.num.partitions", String.valueOf(INTERNAL_PARTITIONS),
            "offsets.topic.num.partitions", String.valueOf(INTERNAL_PARTITIONS),
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", "100");

    /** How far the last group of appends came. */
    enum Cut {
        SOME_SEGMENTS_WRITTEN,
        SEGMENTS_WRITTEN,
        JOURNAL_WRITTEN
    }

    @ParameterizedTest
    @EnumSource
    void everyTransactionEndsAsDecided(Cut cut) throws Exception {
        // Housekeeping of the broker, every ten seconds, may come between and divide the last group.
        boolean wholeGroup = false;
        for (int i = 0; i < TRIES && !wholeGroup; i++) {
            wholeGroup = endAllAfterAKill(cut);
        }
        assertThat(wholeGroup)
                .as("all that was to be in flight at the kill was")
                .isTrue();
    }

    /** Returns whether all that was to be in flight at the kill was in the last group of appends. */
    private static boolean endAllAfterAKill(Cut cut) throws Exception {
        try (Broker broker = Broker.create(SETTINGS)) {
            StoppedWrites disk = StoppedWrites.of(broker);
            broker.start();
            List<OneTransaction> transactions = transactions(broker);
            try (TransactionsOutside outside = new TransactionsOutside(broker, transactions)) {
                begin(transactions, disk);
                decide(transactions, disk, outside);
                boolean wholeGroup = stopIn(cut, transactions, disk, broker, outside);
                broker.kill();
                disk.replace(List.of());
                for (OneTransaction transaction : transactions) {
                    transaction.onKilled();
                }

                broker.start();
                outside.awaitOver(transactions.stream()
                        .filter(OneTransaction::endsByItself)
                        .toList());
                for (OneTransaction transaction : transactions) {
                    transaction.resume();
                }
                outside.awaitOver(transactions);
                outside.requireOver();
                for (OneTransaction transaction : transactions) {
                    transaction.requireFenced();
                    transaction.goOn();
                }
                outside.requireOver();
                assertThat(broker.log()).doesNotContain(" ERROR ");
                return wholeGroup;
            } finally {
                for (OneTransaction transaction : transactions) {
                    transaction.close();
                }
            }
        }
    }

    private static List<OneTransaction> transactions(Broker broker) throws Exception {
        Set<Integer> taken = new HashSet<>();
        List<OneTransaction> transactions = new ArrayList<>();
        List<NewTopic> topics = new ArrayList<>();
        for (TransactionCase plan : TransactionCase.ALL) {
            String id = Names.unique(plan.name());
            while (!taken.add(partitionOf(id))) {
                id = Names.unique(plan.name());
            }
            transactions.add(new OneTransaction(plan, broker, id, partitionOf(id)));
            topics.add(new NewTopic(id, OneTransaction.PARTITIONS, (short) 1));
        }
        topics.add(new NewTopic("gate", 1, (short) 1));
        try (Admin admin = new Clients(broker).admin()) {
            Clients.await(admin.createTopics(topics).all());
        }
        awaitCoordinators(broker);
        return transactions;
    }

    /** As coordinators are chosen. */
    private static int partitionOf(String id) {
        return Utils.abs(id.hashCode()) % INTERNAL_PARTITIONS;
    }

    /** The first who asks for coordinators makes their topics. */
    private static void awaitCoordinators(Broker broker) throws IOException {
        try (RawConnection connection = new RawConnection(broker)) {
            for (CoordinatorType type : List.of(CoordinatorType.GROUP, CoordinatorType.TRANSACTION)) {
                FindCoordinatorRequestData data =
                        new FindCoordinatorRequestData().setKeyType(type.id()).setCoordinatorKeys(List.of("anybody"));
                Await.until("a coordinator", LIMIT, () -> {
                    FindCoordinatorResponse answer = connection.ask(
                            new FindCoordinatorRequest.Builder(data).build((short) 4), FindCoordinatorResponse.class);
                    return answer.data().coordinators().get(0).errorCode() == Errors.NONE.code();
                });
            }
        }
    }

    private static void begin(List<OneTransaction> transactions, StoppedWrites disk) {
        transactions.forEach(OneTransaction::commitBefore);
        // Those whose time runs come last.
        transactions.stream().filter(transaction -> !transaction.timesOut()).forEach(OneTransaction::begin);
        transactions.stream().filter(OneTransaction::timesOut).forEach(OneTransaction::begin);
        disk.replace(rules(transactions, OneTransaction::refusedBeforeDecision));
    }

    private static void decide(List<OneTransaction> transactions, StoppedWrites disk, TransactionsOutside outside) {
        transactions.forEach(OneTransaction::decide);
        for (OneTransaction transaction : transactions) {
            transaction.refusedBeforeDecision().forEach(file -> disk.await("refused write", file));
        }
        disk.replace(rules(transactions, OneTransaction::refusedAtTheKill));
        for (OneTransaction transaction : transactions) {
            transaction.refusedAtTheKill().forEach(file -> disk.await("refused write", file));
        }
        outside.awaitOver(transactions.stream()
                .filter(OneTransaction::isCompleteAtTheKill)
                .toList());
        Map<String, TransactionState> states = outside.states();
        transactions.forEach(transaction -> transaction.requireState(Clients.at(states, transaction.id)));
    }

    /** Stops the broker where it is to be killed; returns whether the last group has all that was to be in flight. */
    private static boolean stopIn(
            Cut cut, List<OneTransaction> transactions, StoppedWrites disk, Broker broker, TransactionsOutside outside)
            throws Exception {
        List<Rule> refusals = rules(transactions, OneTransaction::refusedAtTheKill);
        try (RawConnection gate = new RawConnection(broker)) {
            disk.replace(with(Rule.holdWrites(JOURNAL), refusals));
            gate.send(recordForTheGate());
            disk.await("held write", JOURNAL);
            for (OneTransaction transaction : transactions) {
                transaction.sendInFlight();
            }
            awaitRetries(outside);

            List<Rule> stillRefused = rules(
                    transactions.stream()
                            .filter(transaction -> transaction.plan.inFlight() == InFlight.NOTHING)
                            .toList(),
                    OneTransaction::refusedAtTheKill);
            String half = transactions.stream()
                    .filter(transaction -> transaction.plan.inFlight() == InFlight.MARKERS)
                    .findFirst()
                    .orElseThrow()
                    .second
                    .toString();
            disk.replace(with(
                    switch (cut) {
                        case SOME_SEGMENTS_WRITTEN -> Rule.holdWrites("/" + half + "/");
                        case SEGMENTS_WRITTEN -> Rule.holdWritesButTheFirst(JOURNAL);
                        case JOURNAL_WRITTEN -> Rule.holdSyncsButTheFirst(JOURNAL);
                    },
                    stillRefused));
            switch (cut) {
                case SOME_SEGMENTS_WRITTEN -> disk.await("held write", half);
                case SEGMENTS_WRITTEN -> disk.await("held write", JOURNAL);
                case JOURNAL_WRITTEN -> disk.await("held sync", JOURNAL);
            }
            List<String> calls = disk.calls();
            return cut == Cut.SOME_SEGMENTS_WRITTEN
                    || transactions.stream()
                            .flatMap(transaction -> transaction.writtenInFlight().stream())
                            .allMatch(file -> calls.stream()
                                    .anyMatch(call -> call.startsWith("done write") && call.endsWith(file)));
        }
    }

    /** Returns when whatever was refused has been tried again, which is when the coordinators have looked at their clock. */
    private static void awaitRetries(TransactionsOutside outside) {
        long begun = System.nanoTime();
        Await.until(
                "time passed",
                LIMIT,
                () -> System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(RETRIED_WITHIN_MS));
        for (int i = 0; i < 2; i++) {
            assertThat(outside.states()).isNotEmpty();
        }
    }

    private static ProduceRequest recordForTheGate() {
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[1]));
        ProduceRequestData.TopicProduceData topic = new ProduceRequestData.TopicProduceData()
                .setName("gate")
                .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                        .setIndex(0)
                        .setRecords(records)));
        ProduceRequestData data = new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTopicData(new ProduceRequestData.TopicProduceDataCollection(
                        List.of(topic).iterator()));
        return new ProduceRequest(data, (short) 12);
    }

    private static List<Rule> rules(List<OneTransaction> transactions, Function<OneTransaction, List<String>> files) {
        return transactions.stream()
                .flatMap(transaction -> files.apply(transaction).stream())
                .map(Rule::refuseWrites)
                .toList();
    }

    private static List<Rule> with(Rule first, List<Rule> others) {
        List<Rule> all = new ArrayList<>(List.of(first));
        all.addAll(others);
        return all;
    }
}
