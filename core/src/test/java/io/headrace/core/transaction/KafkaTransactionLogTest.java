package io.headrace.core.transaction;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a transactional id, beside Kafka's own state of one: each change leads to the same state, and to a record
 * that Kafka reads as its own and would have written.
 */
class KafkaTransactionLogTest {
    private static final int SEED_COUNT = 300;
    private static final int STEP_COUNT = 60;
    private static final String ID = "payments";
    private static final int TIMEOUT_MS = 60_000;

    @Test
    void stateAndRecordsAreKafkas() {
        Long only = Long.getLong("seed");
        long first = only == null ? 1 : only;
        long last = only == null ? SEED_COUNT : only;
        for (long seed = first; seed <= last; seed++) {
            try {
                new Life(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "Replay with -Dtest=KafkaTransactionLogTest -Dseed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static final class Life {
        private final Random random;
        private TransactionMetadata ours;
        private org.apache.kafka.coordinator.transaction.TransactionMetadata kafkas;
        private long nowMs = 1_000_000;
        private long nextProducerId = 501;

        Life(long seed) {
            random = new Random(seed);
            ours = TransactionMetadata.fresh(500, TIMEOUT_MS, nowMs);
            kafkas = new org.apache.kafka.coordinator.transaction.TransactionMetadata(
                    ID,
                    500,
                    -1,
                    -1,
                    (short) -1,
                    (short) -1,
                    TIMEOUT_MS,
                    org.apache.kafka.coordinator.transaction.TransactionState.EMPTY,
                    Set.of(),
                    -1,
                    nowMs,
                    TransactionVersion.TV_0);
            move(
                    ours.initialized((short) 0, (short) -1, TIMEOUT_MS, nowMs),
                    kafkas.prepareIncrementProducerEpoch(TIMEOUT_MS, Optional.empty(), nowMs));
            if (random.nextInt(3) == 0) {
                // Close to the end of its epochs.
                short epoch = (short) (Short.MAX_VALUE - 1 - random.nextInt(3));
                kafkas.setProducerEpoch(epoch);
                ours = ours.initialized(epoch, (short) -1, TIMEOUT_MS, nowMs);
            }
        }

        void run() {
            for (int i = 0; i < STEP_COUNT; i++) {
                nowMs += random.nextInt(1_000);
                switch (ours.state()) {
                    case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT -> rest();
                    case ONGOING -> goOn();
                    default -> move(ours.completed(nowMs), kafkas.prepareComplete(nowMs));
                }
            }
        }

        private void rest() {
            if (ours.isEpochExhausted()) {
                long id = nextProducerId++;
                boolean goesOn = random.nextBoolean();
                short lastEpoch = goesOn ? ours.producerEpoch() : -1;
                move(
                        ours.rotated(id, lastEpoch, TIMEOUT_MS, nowMs),
                        kafkas.prepareProducerIdRotation(id, TIMEOUT_MS, nowMs, goesOn));
            } else if (random.nextInt(3) == 0) {
                boolean goesOn = random.nextBoolean();
                short epoch = ours.producerEpoch();
                move(
                        ours.initialized((short) (epoch + 1), goesOn ? epoch : -1, TIMEOUT_MS, nowMs),
                        kafkas.prepareIncrementProducerEpoch(
                                TIMEOUT_MS, goesOn ? Optional.of(epoch) : Optional.empty(), nowMs));
            } else if (random.nextInt(4) == 0) {
                end(false, (short) 2, true);
            } else {
                add();
            }
        }

        private void goOn() {
            if (random.nextInt(3) == 0) {
                add();
            } else {
                end(random.nextBoolean(), (short) (random.nextInt(3) == 0 ? 0 : 2), false);
            }
        }

        private void add() {
            List<TopicPartition> added = new ArrayList<>();
            Set<org.apache.kafka.common.TopicPartition> theirs = new HashSet<>();
            for (int i = 0; i <= random.nextInt(4); i++) {
                TopicPartition partition = new TopicPartition("topic-" + random.nextInt(3), random.nextInt(10));
                added.add(partition);
                theirs.add(new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition()));
            }
            short version = (short) (random.nextBoolean() ? 0 : 2);
            move(
                    ours.withPartitions(added, version, nowMs),
                    kafkas.prepareAddPartitions(theirs, nowMs, TransactionVersion.fromFeatureLevel(version)));
        }

        private void end(boolean commit, short version, boolean withoutPartitions) {
            long next = version == 2 && ours.isEpochExhausted() ? nextProducerId++ : -1;
            move(
                    ours.prepared(commit, version, next, nowMs),
                    kafkas.prepareAbortOrCommit(
                            commit
                                    ? org.apache.kafka.coordinator.transaction.TransactionState.PREPARE_COMMIT
                                    : org.apache.kafka.coordinator.transaction.TransactionState.PREPARE_ABORT,
                            TransactionVersion.fromFeatureLevel(version),
                            next,
                            nowMs,
                            withoutPartitions));
        }

        private void move(TransactionMetadata next, TxnTransitMetadata theirs) {
            StateRecord record = TransactionRecords.encode(ID, next, new RecordTime());
            byte[] value = record.value();
            if (value == null) {
                throw new AssertionError("A tombstone");
            }
            assertThat(record.key()).isEqualTo(TransactionLog.keyToBytes(ID));
            kafkas.completeTransitionTo(theirs);
            TransactionLog.TxnRecord read = (TransactionLog.TxnRecord)
                    TransactionLog.read(ByteBuffer.wrap(record.key()), ByteBuffer.wrap(value));
            TransactionLog.TxnRecord own = (TransactionLog.TxnRecord) TransactionLog.read(
                    ByteBuffer.wrap(TransactionLog.keyToBytes(ID)),
                    ByteBuffer.wrap(TransactionLog.valueToBytes(theirs, TransactionVersion.TV_2)));
            assertThat(read.metadata()).isEqualTo(own.metadata());
            if (next.partitions().size() <= 1) {
                // Kafka's order of partitions is that of a hash table.
                assertThat(value).isEqualTo(TransactionLog.valueToBytes(theirs, TransactionVersion.TV_2));
            }
            assertThat(next.lastProducerEpoch()).isEqualTo(kafkas.lastProducerEpoch());
            TransactionRecords.Decoded back =
                    TransactionRecords.decode(ByteBuffer.wrap(record.key()), ByteBuffer.wrap(value), new RecordTime());
            assertThat(back).isNotNull();
            ours = next;
        }
    }

    @Test
    void kafkasOlderFormatIsRead() {
        TxnTransitMetadata written = new TxnTransitMetadata(
                9,
                -1,
                -1,
                (short) 4,
                (short) -1,
                TIMEOUT_MS,
                org.apache.kafka.coordinator.transaction.TransactionState.PREPARE_COMMIT,
                new HashSet<>(Set.of(new org.apache.kafka.common.TopicPartition("t", 1))),
                5L,
                6L,
                TransactionVersion.TV_0);
        TransactionRecords.Decoded read = TransactionRecords.decode(
                ByteBuffer.wrap(TransactionLog.keyToBytes(ID)),
                ByteBuffer.wrap(TransactionLog.valueToBytes(written, TransactionVersion.TV_0)),
                new RecordTime());
        TransactionMetadata metadata =
                requireNonNull(requireNonNull(read, "not decoded").metadata(), "no value");
        assertThat(metadata.producerId()).isEqualTo(9);
        assertThat(metadata.state()).isEqualTo(TransactionState.PREPARE_COMMIT);
        assertThat(metadata.partitions()).containsExactly(new TopicPartition("t", 1));
        assertThat(metadata.clientVersion()).isZero();
    }

    @Test
    void whatIsNotUnderstoodIsPassedOver() {
        byte[] key = TransactionLog.keyToBytes(ID);
        byte[] unknownKey = key.clone();
        unknownKey[1] = 9;
        assertThat(TransactionRecords.decode(ByteBuffer.wrap(unknownKey), null, new RecordTime()))
                .isNull();
        assertThat(TransactionRecords.decode(
                        ByteBuffer.wrap(key), ByteBuffer.wrap(new byte[] {0, 7}), new RecordTime()))
                .isNull();
        TransactionRecords.Decoded tombstone = TransactionRecords.decode(ByteBuffer.wrap(key), null, new RecordTime());
        assertThat(tombstone).isEqualTo(new TransactionRecords.Decoded(ID, null));
    }
}
