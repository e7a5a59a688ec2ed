import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One transactional producer that commits one transaction after the other, waiting for each. Run with Kafka's client jars:
 *
 * <pre>TransactionLoad BOOTSTRAP RECORD_SIZE WARM_UP_SECONDS SECONDS TOPIC:PARTITIONS:RECORDS...</pre>
 *
 * <p>Warms up on the first kind of transactions, then runs each kind for some seconds and prints a line of key=value pairs for it: the
 * topic, partitions, records per transaction, transactions per second, and percentiles of a transaction's time in microseconds.
 */
public final class TransactionLoad {
    private static final int TRANSACTIONS_MAX = 10_000_000;

    private TransactionLoad() {}

    public static void main(String[] args) {
        byte[] value = new byte[Integer.parseInt(args[1])];
        Arrays.fill(value, (byte) 'x');
        double warmUpSeconds = Double.parseDouble(args[2]);
        double seconds = Double.parseDouble(args[3]);
        Properties settings = new Properties();
        settings.putAll(Map.of("bootstrap.servers", args[0], "transactional.id", "load", "acks", "all"));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int i = 4; i < args.length; i++) {
                String[] kind = args[i].split(":");
                int partitions = Integer.parseInt(kind[1]);
                int records = Integer.parseInt(kind[2]);
                // The broker is warm after the first kind; its partitions may still have to be opened for the others.
                run(producer, kind[0], partitions, records, value, i == 4 ? warmUpSeconds : warmUpSeconds / 10);
                long[] nanos = run(producer, kind[0], partitions, records, value, seconds);
                double total = Arrays.stream(nanos).sum() / 1e9;
                Arrays.sort(nanos);
                System.out.printf(
                        "topic=%s partitions=%d records=%d txn_s=%.1f p50_us=%d p99_us=%d%n",
                        kind[0],
                        partitions,
                        records,
                        nanos.length / total,
                        nanos[nanos.length / 2] / 1000,
                        nanos[(int) (nanos.length * 0.99)] / 1000);
            }
        }
    }

    /** Returns how long each transaction took. */
    private static long[] run(
            KafkaProducer<byte[], byte[]> producer, String topic, int partitions, int records, byte[] value, double seconds) {
        long[] nanos = new long[1024];
        int count = 0;
        int partition = 0;
        long begin = System.nanoTime();
        long last = begin;
        while ((last - begin < seconds * 1e9 || count == 0) && count < TRANSACTIONS_MAX) {
            producer.beginTransaction();
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, partition++ % partitions, null, value));
            }
            producer.commitTransaction(); // fails if a record did
            long now = System.nanoTime();
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = now - last;
            last = now;
        }
        return Arrays.copyOf(nanos, count);
    }
}
