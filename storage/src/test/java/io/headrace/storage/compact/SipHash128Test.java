package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Against the authors' test vectors: the secret and the input are the bytes 0, 1, 2 and so on. */
class SipHash128Test {
    private static final long KEY_0 = 0x0706050403020100L;
    private static final long KEY_1 = 0x0f0e0d0c0b0a0908L;

    @Test
    void givesWhatTheAuthorsGive() {
        assertThat(hash(0, ByteOrder.BIG_ENDIAN)).isEqualTo("a3817f04ba25a8e66df67214c7550293");
        assertThat(hash(1, ByteOrder.BIG_ENDIAN)).isEqualTo("da87c1d86b99af44347659119b22fc45");
    }

    @Test
    void theOrderOfTheBufferDoesNotMatter() {
        for (int length = 0; length < 40; length++) {
            assertThat(hash(length, ByteOrder.LITTLE_ENDIAN)).isEqualTo(hash(length, ByteOrder.BIG_ENDIAN));
        }
    }

    private static String hash(int length, ByteOrder order) {
        ByteBuffer input = ByteBuffer.allocate(length + 3).position(3).order(order);
        for (int i = 0; i < length; i++) {
            input.put(i + 3, (byte) i);
        }
        SipHash128 hash = new SipHash128(KEY_0, KEY_1);
        hash.hash(input);
        assertThat(input.remaining()).isEqualTo(length);
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(hash.low()).putLong(hash.high());
        return HexFormat.of().formatHex(bytes.array());
    }
}
