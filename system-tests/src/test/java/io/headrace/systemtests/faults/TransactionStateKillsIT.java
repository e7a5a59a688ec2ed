package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.InjectedFault;
import io.headrace.systemtests.harness.Names;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kill -9 in each state of a transaction: it goes on where it was, and one whose end was decided is completed. About 30 s.
 *
 * <p>Where a state lasts no longer than a write, that write is held up, by strace, until the broker is dead.
 */
class TransactionStateKillsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String WRITES = "pwrite64,pwritev,writev,write";
    private static final String FOR_A_MINUTE = "delay_enter=60000000:when=";
    private static final String SEGMENT = "00000000000000000000.log";

    private static final Broker BROKER =
            Broker.started(Map.of("transaction.state.log.num.partitions", "1", "offsets.topic.num.partitions", "1"));

    @AfterAll
    static void stop() {
        BROKER.close();
    }

    @Test
    void empty() throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("empty"))) {
            assertThat(transaction.state()).isEqualTo(TransactionState.EMPTY);
            BROKER.killAndRestart();
            assertThat(transaction.state()).isEqualTo(TransactionState.EMPTY);
            transaction.begin();
            transaction.end(true);
            transaction.requireEnded(true, LIMIT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ongoing(boolean commit) throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("ongoing"))) {
            transaction.begin();
            BROKER.killAndRestart();
            assertThat(transaction.state()).isEqualTo(TransactionState.ONGOING);
            transaction.requireOpen();
            transaction.end(commit);
            transaction.requireEnded(commit, LIMIT);
        }
    }

    @Test
    void ongoingAndItsProducerDoesNotComeBack() throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("abandoned"))) {
            transaction.begin();
            BROKER.killAndRestart();
            transaction.replaceProducer();
            transaction.requireEnded(false, LIMIT);
        }
    }

    /** The kill comes before the answer, while the decision is written: the producer's retry gets the right one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whileTheEndIsPrepared(boolean commit) throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("unanswered"))) {
            transaction.begin();
            CompletableFuture<Void> ended;
            try (InjectedFault fault = hold(partition("__transaction_state-0"), 1)) {
                ended = CompletableFuture.runAsync(() -> transaction.end(commit));
                Await.until("the write", LIMIT, () -> !fault.calls().isEmpty());
                BROKER.kill();
            }
            BROKER.start();
            ended.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            transaction.requireEnded(commit, LIMIT);
        }
    }

    /** The kill comes after the answer and before the first, or only before the last, of the markers is written. */
    @ParameterizedTest
    @CsvSource({
        "true, PREPARE_COMMIT, 0",
        "true, PREPARE_COMMIT, 1",
        "true, PREPARE_COMMIT, offsets",
        "false, PREPARE_ABORT, 0",
        "false, PREPARE_ABORT, offsets"
    })
    void prepared(boolean commit, TransactionState state, String marker) throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("prepared"))) {
            transaction.begin();
            String directory = marker.equals("offsets") ? "__consumer_offsets-0" : transaction.topic() + "-" + marker;
            try (InjectedFault fault = hold(partition(directory), 1)) {
                transaction.end(commit);
                assertThat(transaction.state())
                        .as(() -> fault.calls().toString())
                        .isEqualTo(state);
                BROKER.kill();
            }
            BROKER.start();
            transaction.requireEnded(commit, LIMIT);
        }
    }

    /** All markers are written, but not that they are. */
    @ParameterizedTest
    @CsvSource({"true, PREPARE_COMMIT", "false, PREPARE_ABORT"})
    void preparedAndMarked(boolean commit, TransactionState state) throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("marked"))) {
            transaction.begin();
            try (InjectedFault fault = hold(partition("__transaction_state-0"), 2)) {
                transaction.end(commit);
                transaction.awaitVisible(commit, LIMIT);
                assertThat(transaction.state())
                        .as(() -> fault.calls().toString())
                        .isEqualTo(state);
                BROKER.kill();
            }
            BROKER.start();
            transaction.requireEnded(commit, LIMIT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void completed(boolean commit) throws Exception {
        try (OneTransaction transaction = new OneTransaction(BROKER, Names.unique("completed"))) {
            transaction.begin();
            transaction.end(commit);
            transaction.requireEnded(commit, LIMIT);
            BROKER.killAndRestart();
            transaction.requireEnded(commit, LIMIT);
        }
    }

    /** Lets that write to the file begin, the first being number 1, and not come to its end. */
    private static InjectedFault hold(Path file, int number) {
        return InjectedFault.attach(BROKER, WRITES, FOR_A_MINUTE + number, List.of(file));
    }

    private static Path partition(String directory) {
        return BROKER.dataDirectory().resolve(directory).resolve(SEGMENT);
    }
}
