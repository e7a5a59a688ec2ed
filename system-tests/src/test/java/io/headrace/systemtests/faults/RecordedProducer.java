package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** An idempotent producer with acks=all on a thread of its own, some records in flight all the time. */
final class RecordedProducer {
    private static final int IN_FLIGHT_MAX = 12;
    private static final long VALUES_OF_ONE = 1_000_000_000L;

    private final RecordedClients clients;
    private final int process;
    private final Random random;
    private final Semaphore inFlight = new Semaphore(IN_FLIGHT_MAX);
    private final Thread thread;
    private volatile boolean stopping;

    RecordedProducer(RecordedClients clients, int process, long seed) {
        this.clients = clients;
        this.process = process;
        this.random = new Random(seed);
        thread = new Thread(this::run, "producer-" + process);
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops sending and waits until everything was answered. */
    void finish() {
        stopping = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(120));
            if (thread.isAlive()) {
                clients.failed(new AssertionError("producer " + process + " did not end"));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void run() {
        Map<String, Object> settings = new HashMap<>(clients.commonSettings());
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("max.block.ms", "90000");
        settings.put("delivery.timeout.ms", "100000");
        settings.put("request.timeout.ms", "5000");
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (long n = 0; !stopping; n++) {
                if (inFlight.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    send(producer, process * VALUES_OF_ONE + n);
                }
            }
            producer.flush();
        } catch (RuntimeException | InterruptedException e) {
            clients.failed(e);
        }
    }

    private void send(Producer<byte[], byte[]> producer, long value) {
        int partition = random.nextInt(clients.partitions);
        String key = clients.key(partition);
        int size = random.nextInt(10) == 0 ? random.nextInt(8192) : random.nextInt(200);
        long startMs = HistoryFile.nowMs();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(clients.topic, partition, null, payload(value, size));
        // What the future would tell, the callback does.
        var unused = producer.send(record, (metadata, error) -> {
            inFlight.release();
            boolean known = error == null;
            long offset = known ? metadata.offset() : Operation.NO_OFFSET;
            clients.record(
                    process,
                    Kind.SEND,
                    known ? Outcome.OK : Outcome.INFO,
                    startMs,
                    List.of(RecordedClients.send(key, value, offset)));
            if (known) {
                clients.acknowledged(partition, offset);
            } else {
                clients.failed(error);
            }
        });
    }

    /** A value, then bytes that follow from it. */
    static byte[] payload(long value, int moreBytes) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + moreBytes).putLong(value);
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.put((byte) (value * 31 + i));
        }
        return bytes.array();
    }

    /** The value of a payload; fails if its other bytes are not the ones that were sent. */
    static long value(byte[] payload) {
        long value = ByteBuffer.wrap(payload).getLong();
        if (!Arrays.equals(payload, payload(value, payload.length - Long.BYTES))) {
            throw new AssertionError("the bytes of value " + value + " are not those that were sent");
        }
        return value;
    }
}
