import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records with keys of 16 bytes, chosen at random but the same in each run, to partition 0 of a topic. Run with Kafka's
 * client jars:
 *
 * <pre>KeyedLoad BOOTSTRAP TOPIC RECORDS KEYS RECORD_SIZE COMPRESSION</pre>
 */
public final class KeyedLoad {
    private static final int KEY_BYTES = 16;
    private static final String WORDS = "the quick brown fox jumps over the lazy dog and back again 0123456789 ";

    private KeyedLoad() {}

    public static void main(String[] args) throws Exception {
        int records = Integer.parseInt(args[2]);
        int keys = Integer.parseInt(args[3]);
        int valueBytes = Integer.parseInt(args[4]) - KEY_BYTES;
        Properties settings = new Properties();
        settings.putAll(Map.of("bootstrap.servers", args[0], "acks", "all", "compression.type", args[5]));
        SplittableRandom random = new SplittableRandom(42);
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records && failure.get() == null; i++) {
                long number = random.nextInt(keys);
                byte[] key = ByteBuffer.allocate(KEY_BYTES).putLong(number * 0x9E3779B97F4A7C15L).putLong(number).array();
                producer.send(new ProducerRecord<>(args[1], 0, key, value(random, valueBytes)), (metadata, e) -> {
                    if (e != null) {
                        failure.compareAndSet(null, e);
                    }
                });
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /** Text of some words and some numbers, so that there is something to compress, but not all of it. */
    private static byte[] value(SplittableRandom random, int size) {
        byte[] value = new byte[size];
        for (int i = 0; i < size; ) {
            int from = random.nextInt(WORDS.length() - 10);
            for (int k = from; k < from + 10 && i < size; k++) {
                value[i++] = (byte) WORDS.charAt(k);
            }
            for (int k = 0; k < 4 && i < size; k++) {
                value[i++] = (byte) ('0' + random.nextInt(10));
            }
        }
        return Arrays.copyOf(value, size);
    }
}
