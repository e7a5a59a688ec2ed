package io.headrace.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class PartitionerTest {
    @Test
    void keysLandWhereTheJavaClientPutsThem() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            byte[] key = new byte[random.nextInt(40)];
            random.nextBytes(key);
            int count = 1 + random.nextInt(100);
            assertThat(Partitioner.murmur2(key)).as("-Dseed=%d", seed).isEqualTo(Utils.murmur2(key));
            assertThat(new Partitioner(count, i).partition(key))
                    .isEqualTo(BuiltInPartitioner.partitionForKey(key, count));
        }
    }

    @Test
    void recordsWithoutKeyStayUntilABatchIsFull() {
        Partitioner partitioner = new Partitioner(3, 5);
        assertThat(partitioner.partition(null)).isEqualTo(2);
        assertThat(partitioner.partition(null)).isEqualTo(2);
        partitioner.moveOn();
        assertThat(partitioner.partition(null)).isZero();
    }
}
