package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** A consumer on a thread of its own: of all partitions from their beginning, or as the one member of a group. */
final class RecordedReader {
    private static final int POLLS_A_COMMIT = 10;
    private static final int COMMITS_A_LOOK = 5;

    private final RecordedClients clients;
    private final int process;
    private final @Nullable String group;
    private final Map<Integer, Long> positions = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean stopping;
    private int polls;
    private int commits;

    RecordedReader(RecordedClients clients, int process, @Nullable String group) {
        this.clients = clients;
        this.process = process;
        this.group = group;
        thread = new Thread(this::run, "reader-" + process);
        thread.setDaemon(true);
        thread.start();
    }

    int process() {
        return process;
    }

    Map<Integer, Long> positions() {
        return positions;
    }

    /** Whether it came as far as these offsets. */
    boolean hasRead(AtomicReferenceArray<Long> lastOffsets) {
        for (int partition = 0; partition < lastOffsets.length(); partition++) {
            Long last = lastOffsets.get(partition);
            if (last != null && positions.getOrDefault(partition, -1L) < last) {
                return false;
            }
        }
        return true;
    }

    void finish() {
        stopping = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(60));
            if (thread.isAlive()) {
                clients.failed(new AssertionError("reader " + process + " did not end"));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void run() {
        Map<String, Object> settings = clients.readerSettings();
        if (group != null) {
            settings.put("auto.offset.reset", "earliest");
            settings.put("session.timeout.ms", "20000");
            settings.put("heartbeat.interval.ms", "500");
            settings.put("group.id", group);
        }
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            begin(consumer);
            while (!stopping) {
                readOnce(consumer);
            }
        } catch (RuntimeException | AssertionError e) {
            clients.failed(e);
        }
    }

    private void begin(Consumer<byte[], byte[]> consumer) {
        if (group == null) {
            consumer.assign(clients.topicPartitions());
            clients.topicPartitions().forEach(partition -> consumer.seek(partition, 0));
            assigned(clients.topicPartitions());
        } else {
            consumer.subscribe(List.of(clients.topic), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    assigned(partitions);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    assigned(List.of());
                }
            });
        }
    }

    private void assigned(Collection<TopicPartition> partitions) {
        Set<String> keys = new HashSet<>();
        partitions.forEach(partition -> keys.add(partition.toString()));
        clients.history.add(Operation.assign(process, HistoryFile.nowMs(), keys));
    }

    private void readOnce(Consumer<byte[], byte[]> consumer) {
        long startMs = HistoryFile.nowMs();
        List<Step> steps = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
            steps.add(clients.poll(record));
            positions.merge(record.partition(), record.offset(), Math::max);
        }
        if (!steps.isEmpty()) {
            clients.record(process, Kind.POLL, Outcome.OK, startMs, steps);
            polls++;
            if (group != null && polls % POLLS_A_COMMIT == 0) {
                commit(consumer);
            }
        }
    }

    private void commit(Consumer<byte[], byte[]> consumer) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        List<Step> steps = new ArrayList<>();
        for (TopicPartition partition : consumer.assignment()) {
            long position = consumer.position(partition);
            offsets.put(partition, new OffsetAndMetadata(position));
            steps.add(new Step(Action.COMMIT, group + "/" + partition, 0, position));
        }
        long startMs = HistoryFile.nowMs();
        Outcome outcome = Outcome.OK;
        try {
            consumer.commitSync(offsets);
        } catch (KafkaException e) {
            // It may have been stored before its answer was lost.
            outcome = Outcome.INFO;
        }
        clients.record(process, Kind.COMMIT, outcome, startMs, steps);
        commits++;
        if (commits % COMMITS_A_LOOK == 0) {
            look(consumer, offsets.keySet());
        }
    }

    private void look(Consumer<byte[], byte[]> consumer, Set<TopicPartition> partitions) {
        long startMs = HistoryFile.nowMs();
        List<Step> steps = new ArrayList<>();
        consumer.committed(partitions).forEach((partition, stored) -> {
            long offset = stored == null ? Operation.NO_OFFSET : stored.offset();
            steps.add(new Step(Action.COMMITTED, group + "/" + partition, 0, offset));
        });
        clients.record(process, Kind.COMMITTED, Outcome.OK, startMs, steps);
    }
}
