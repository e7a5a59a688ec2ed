package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.faults.FlippedTopics.Outcome;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One flipped bit in each kind of file that a data directory has once: everything is there, or there is no start. docs/faults.md
 * has the table.
 */
class DirectoryFlipIT {
    private static final FlippedTopics TOPICS = new FlippedTopics(2);

    /** What can be had from a log, or is there twice. */
    private static final List<DataFile> DERIVED = List.of(
            DataFile.PRODUCER_SNAPSHOT,
            DataFile.LEADER_EPOCHS,
            DataFile.RECOVERY_POINTS,
            DataFile.LOG_STARTS,
            DataFile.HIGH_WATERMARKS);

    /** What no start does without. */
    private static final List<DataFile> NEEDED =
            List.of(DataFile.JOURNAL, DataFile.METADATA_LOG, DataFile.META_PROPERTIES);

    /** The files of a broker that was killed, and those of one that was stopped. */
    private static final Broker KILLED = Broker.create(FaultSettings.SMALL_FILES);

    private static final Broker STOPPED = Broker.create(FaultSettings.SMALL_FILES);

    @BeforeAll
    static void prepare() throws Exception {
        for (Broker broker : List.of(KILLED, STOPPED)) {
            broker.start();
            TOPICS.fill(broker);
        }
        KILLED.kill();
        STOPPED.stop();
    }

    @AfterAll
    static void end() {
        KILLED.close();
        STOPPED.close();
    }

    private static Broker copy(String state) throws Exception {
        return FlippedTopics.copyOf(state.equals("stopped") ? STOPPED : KILLED);
    }

    private static Path partition(Broker broker, int partition) {
        return FlippedTopics.directory(broker, FlippedTopics.of(partition));
    }

    @ParameterizedTest
    @CsvSource({
        "killed, RECOVERY_POINTS",
        "stopped, RECOVERY_POINTS",
        "killed, LOG_STARTS",
        "stopped, LOG_STARTS",
        "killed, HIGH_WATERMARKS",
        "stopped, HIGH_WATERMARKS",
    })
    void nothingIsMissingWithoutACheckpoint(String state, DataFile file) throws Exception {
        try (Broker broker = copy(state)) {
            String what = file.damage(partition(broker, 0));
            assertThat(broker.starts()).as(what).isTrue();
            TOPICS.requireAll(broker, FlippedTopics.RECORDS);
            FlippedTopics.produceOne(broker, 0, FlippedTopics.RECORDS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "killed, JOURNAL",
        "stopped, JOURNAL",
        "killed, METADATA_LOG",
        "stopped, METADATA_LOG",
        "killed, META_PROPERTIES",
        "stopped, META_PROPERTIES",
    })
    void thereIsNoStartWithoutWhatCannotBeMadeAnew(String state, DataFile file) throws Exception {
        try (Broker broker = copy(state)) {
            Path damaged = file.find(partition(broker, 0));
            String what = file.damage(partition(broker, 0));
            assertThat(broker.starts()).as(what).isFalse();
            assertThat(broker.log()).contains(String.valueOf(damaged.getFileName()));
            assertThat(damaged)
                    .as("what cannot be made again is not taken away")
                    .exists();
        }
    }

    /** What a broker reads only when it starts: it goes on as before, and the next start makes it anew. */
    @ParameterizedTest
    @ValueSource(strings = {"killed", "stopped"})
    void whatIsDerivedMayGoWrongWhileTheBrokerRuns(String end) throws Exception {
        try (Broker broker = copy("killed")) {
            broker.start();
            String producers = producers(broker);
            String damage = damageUnnoticed(broker, DERIVED);
            end(broker, end);
            broker.start();
            TOPICS.requireAll(broker, FlippedTopics.RECORDS);
            assertThat(producers(broker)).as(damage).isEqualTo(producers);
            FlippedTopics.produceOne(broker, 0, FlippedTopics.RECORDS);
            FlippedTopics.produceOne(broker, 1, FlippedTopics.RECORDS);
            broker.killAndRestart();
            TOPICS.requireAll(broker, FlippedTopics.RECORDS + 1);
        }
    }

    /** The same of what cannot be made anew: no start touches it, and when it is right again nothing is missing. */
    @ParameterizedTest
    @ValueSource(strings = {"killed", "stopped"})
    void whatIsNotDerivedIsRefusedByTheNextStart(String end) throws Exception {
        try (Broker broker = copy("killed")) {
            broker.start();
            String damage = damageUnnoticed(broker, NEEDED);
            String offline = DataFile.PARTITION_METADATA.damage(partition(broker, 1));
            FlippedTopics.produceOne(broker, 0, FlippedTopics.RECORDS);
            FlippedTopics.produceOne(broker, 1, FlippedTopics.RECORDS);
            TOPICS.requireAll(broker, FlippedTopics.RECORDS + 1);
            end(broker, end);
            List<DataFile> damaged = new ArrayList<>(NEEDED);
            while (!damaged.isEmpty()) {
                DataFile refused = refused(broker, damaged, damage);
                refused.repair(partition(broker, 0));
                damaged.remove(refused);
            }
            broker.start();
            assertThat(FlippedTopics.read(broker, 0, FlippedTopics.RECORDS + 1)).isEqualTo(Outcome.WHOLE);
            assertThat(FlippedTopics.read(broker, 1, FlippedTopics.RECORDS + 1))
                    .as(offline)
                    .isEqualTo(Outcome.OFFLINE);
        }
    }

    /** Flips a bit in each of these while the broker runs, which can do without them. Returns what was done, in words. */
    private static String damageUnnoticed(Broker broker, List<DataFile> files) throws Exception {
        TOPICS.requireAll(broker, FlippedTopics.RECORDS);
        StringBuilder damage = new StringBuilder();
        for (DataFile file : files) {
            damage.append(file.damage(partition(broker, 0))).append('\n');
        }
        TOPICS.requireAll(broker, FlippedTopics.RECORDS);
        return damage.toString();
    }

    /** Requires that there is no start, and that one of the damaged files is named; which. */
    private static DataFile refused(Broker broker, List<DataFile> damaged, String damage) throws Exception {
        int before = broker.log().length();
        assertThat(broker.starts()).as(damage).isFalse();
        String told = broker.log().substring(before);
        List<DataFile> named = new ArrayList<>();
        for (DataFile file : damaged) {
            if (told.contains(String.valueOf(file.find(partition(broker, 0)).getFileName()))) {
                named.add(file);
            }
        }
        assertThat(named).as(told).hasSize(1);
        return named.get(0);
    }

    private static void end(Broker broker, String how) {
        if (how.equals("killed")) {
            broker.kill();
        } else {
            broker.stop();
        }
    }

    /** What the broker remembers of those who have written to the partition. */
    private static String producers(Broker broker) {
        TopicPartition partition = FlippedTopics.of(0);
        try (var admin = new Clients(broker).admin()) {
            return Clients.await(admin.describeProducers(List.of(partition)).partitionResult(partition))
                    .activeProducers()
                    .stream()
                    .map(producer -> producer.producerId() + " epoch " + producer.producerEpoch() + " sequence "
                            + producer.lastSequence())
                    .sorted()
                    .toList()
                    .toString();
        }
    }
}
