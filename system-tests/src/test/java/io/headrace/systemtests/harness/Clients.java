package io.headrace.systemtests.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Java clients of a broker, with settings that let a test fail in seconds. */
public final class Clients {
    private static final long ANSWER_WITHIN_SECONDS = 30;

    private final Broker broker;

    public Clients(Broker broker) {
        this.broker = broker;
    }

    /** Clients come back soon after a broker does. */
    private Properties common() {
        Properties common = new Properties();
        common.put("bootstrap.servers", broker.bootstrap());
        common.put("reconnect.backoff.ms", "20");
        common.put("reconnect.backoff.max.ms", "100");
        common.put("retry.backoff.ms", "20");
        common.put("retry.backoff.max.ms", "200");
        return common;
    }

    public Admin admin() {
        Properties all = common();
        all.put("default.api.timeout.ms", "30000");
        return Admin.create(all);
    }

    /** A producer of strings; {@code settings} override. */
    public Producer<String, String> producer(Map<String, String> settings) {
        Properties all = common();
        all.put("max.block.ms", "20000");
        all.putAll(settings);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    /** A consumer of strings with the classic group protocol, from the beginning; {@code settings} override. */
    public Consumer<String, String> consumer(Map<String, String> settings) {
        Properties all = common();
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", "false");
        all.put("default.api.timeout.ms", "20000");
        all.putAll(settings);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    public Consumer<String, String> consumer() {
        return consumer(Map.of());
    }

    /** Creates a topic with a name of its own; the name. */
    public String topic(String prefix, int partitions) {
        return topic(prefix, partitions, Map.of());
    }

    public String topic(String prefix, int partitions, Map<String, String> configs) {
        String name = Names.unique(prefix);
        try (Admin admin = admin()) {
            await(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                    .all());
        }
        return name;
    }

    /** Reads the topic's partitions from their beginning until {@code count} records are there. */
    public List<ConsumerRecord<String, String>> readAll(String topic, int partitions, int count) {
        try (Consumer<String, String> consumer = consumer()) {
            List<TopicPartition> assigned = partitionsOf(topic, partitions);
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            return poll(consumer, count);
        }
    }

    /** Polls until {@code count} records are there; fails when they do not come, or more come. */
    public static List<ConsumerRecord<String, String>> poll(Consumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        Await.until(() -> count + " records; there are " + records.size(), Duration.ofSeconds(60), () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            return records.size() >= count;
        });
        if (records.size() > count) {
            throw new AssertionError("expected " + count + " records, got " + records.size());
        }
        return records;
    }

    public static List<TopicPartition> partitionsOf(String topic, int count) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(topic, i));
        }
        return partitions;
    }

    public static List<String> values(Collection<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    /** The value of a key that an answer must have. */
    public static <K, V> V at(Map<K, V> answers, K key) {
        V value = answers.get(key);
        if (value == null) {
            throw new AssertionError("nothing for " + key + " in " + answers);
        }
        return value;
    }

    /** The future's value; an error of the broker is thrown as Kafka's own exception type. */
    public static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
