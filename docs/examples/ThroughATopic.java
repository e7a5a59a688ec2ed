import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends the lines of a text through a topic and writes what comes back: {@code ThroughATopic TOPIC FROM TO}. The lines are
 * numbered, as a topic of several partitions keeps the order of each partition only.
 */
public final class ThroughATopic {
    private static final String SERVERS = "localhost:9092";

    public static void main(String[] args) throws IOException {
        List<String> lines = Files.readAllLines(Path.of(args[1]));
        send(args[0], lines);
        Files.write(Path.of(args[2]), List.of(receive(args[0], lines.size())));
    }

    private static void send(String topic, List<String> lines) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", SERVERS,
                "key.serializer", IntegerSerializer.class,
                "value.serializer", StringSerializer.class);
        try (KafkaProducer<Integer, String> producer = new KafkaProducer<>(properties)) {
            for (int i = 0; i < lines.size(); i++) {
                producer.send(new ProducerRecord<>(topic, i, lines.get(i)), (sent, error) -> {
                    if (error != null) {
                        throw new IllegalStateException("A line was lost", error);
                    }
                });
            }
        } // waits until all are on disk
        System.out.println("Sent " + lines.size() + " lines");
    }

    private static String[] receive(String topic, int count) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", SERVERS,
                "group.id", "readers-" + UUID.randomUUID(),
                "auto.offset.reset", "earliest",
                "key.deserializer", IntegerDeserializer.class,
                "value.deserializer", StringDeserializer.class);
        String[] lines = new String[count];
        try (KafkaConsumer<Integer, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(topic));
            for (int received = 0; received < count; ) {
                for (ConsumerRecord<Integer, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    lines[record.key()] = record.value();
                    received++;
                }
            }
        }
        System.out.println("Received " + count + " lines");
        return lines;
    }
}
