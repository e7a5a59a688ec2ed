package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.Seeds;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The map of keys against a map of the JDK. */
final class KeyOffsetsTest {
    private static final int KEYS = 20_000;

    static LongStream seeds() {
        return Seeds.upTo(3);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void remembersTheLastOffsetOfEachKey(long seed) {
        Random random = new Random(seed);
        KeyOffsets offsets = new KeyOffsets(64 << 20, 0.9, seed);
        Map<ByteBuffer, Long> expected = new HashMap<>();
        for (long offset = 0; offset < 3 * KEYS; offset++) {
            ByteBuffer key = key(random);
            assertThat(offsets.put(key, offset)).isTrue();
            expected.put(key, offset);
        }
        assertThat(offsets.size()).isEqualTo(expected.size());
        expected.forEach((key, offset) -> assertThat(offsets.offsetOf(key)).isEqualTo(offset));
        assertThat(offsets.offsetOf(ByteBuffer.wrap(new byte[100]))).isEqualTo(-1);
        offsets.clear();
        assertThat(offsets.size()).isZero();
        assertThat(offsets.memoryBytes()).isZero();
        expected.keySet().forEach(key -> assertThat(offsets.offsetOf(key)).isEqualTo(-1));
    }

    /** Of any length from 0; many differ in their last byte only, or in how many zeros they end with. */
    private static ByteBuffer key(Random random) {
        byte[] key = new byte[random.nextInt(24)];
        if (key.length > 0) {
            int number = random.nextInt(KEYS);
            key[key.length - 1] = (byte) number;
            key[key.length / 2] = (byte) (number >> 8);
        }
        return ByteBuffer.wrap(key);
    }

    @Test
    void isFullWhenItsMemoryIs() {
        KeyOffsets offsets = new KeyOffsets(100_000, 0.9, 1);
        int taken = 0;
        while (offsets.put(ByteBuffer.allocate(8).putLong(0, taken), taken)) {
            taken++;
        }
        assertThat(offsets.memoryBytes()).isLessThanOrEqualTo(100_000);
        assertThat(taken).isBetween(1_500, 100_000 / KeyOffsets.SLOT_BYTES);
        assertThat(offsets.put(ByteBuffer.allocate(8), 4711)).as("a known key").isTrue();
        assertThat(offsets.offsetOf(ByteBuffer.allocate(8))).isEqualTo(4711);
    }

    @Test
    void takesOneKeyHoweverLittleMemoryThereIs() {
        KeyOffsets offsets = new KeyOffsets(1, 0.5, 1);
        assertThat(offsets.put(ByteBuffer.allocate(8), 1)).isTrue();
    }
}
