package io.headrace.systemtests.harness;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A program that copies a topic, partition by partition, in transactions that hold the records and how far it has read. It
 * ends with an error at the first problem, as a service does that counts on being started again.
 */
public final class CopyLoop {
    private CopyLoop() {}

    /** The program's command line. */
    public static List<String> command(Broker broker, String from, String to, String name) {
        return Launcher.javaCommand(CopyLoop.class.getName(), broker.bootstrap(), from, to, name);
    }

    /** Runs until it is killed. Arguments: bootstrap address, topic to read, topic to write, group and transactional id. */
    public static void main(String[] arguments) {
        String to = arguments[2];
        try (Consumer<String, String> consumer = consumer(arguments[0], arguments[3]);
                Producer<String, String> producer = producer(arguments[0], arguments[3])) {
            producer.initTransactions();
            consumer.subscribe(List.of(arguments[1]));
            while (true) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
                if (!records.isEmpty()) {
                    copy(records, to, producer, consumer);
                }
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The commit fails when a record was refused.
    private static void copy(
            ConsumerRecords<String, String> records,
            String to,
            Producer<String, String> producer,
            Consumer<String, String> consumer) {
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            producer.send(new ProducerRecord<>(to, record.partition(), record.key(), record.value()));
            offsets.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
    }

    private static Consumer<String, String> consumer(String bootstrap, String group) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("group.id", group);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("isolation.level", "read_committed");
        properties.put("session.timeout.ms", "2000");
        properties.put("heartbeat.interval.ms", "300");
        properties.put("max.poll.records", "20");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private static Producer<String, String> producer(String bootstrap, String transactionalId) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("transactional.id", transactionalId);
        properties.put("transaction.timeout.ms", "20000");
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }
}
