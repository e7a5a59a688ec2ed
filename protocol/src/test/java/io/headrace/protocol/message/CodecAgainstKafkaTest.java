package io.headrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Message;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each message in each version, with random content, byte for byte against Kafka's own classes. */
class CodecAgainstKafkaTest {
    private static final int ROUNDS = 20;

    private final long seed = Long.getLong("seed", System.nanoTime());

    @Test
    void everySpecificationHasItsClass() {
        assertThat(KafkaMessages.all()).hasSizeGreaterThan(230);
    }

    @TestFactory
    List<DynamicTest> bytesAreThoseOfKafkaInBothDirections() {
        return forEachMessage(this::checkVersion);
    }

    @TestFactory
    List<DynamicTest> fieldsOfOtherVersionsAreLostOrRefusedAsInKafka() {
        return forEachMessage(this::checkForeignFields);
    }

    private interface Check {
        void run(KafkaMessages.Pair pair, short version, Random random);
    }

    private List<DynamicTest> forEachMessage(Check check) {
        return KafkaMessages.all().stream()
                .map(pair -> DynamicTest.dynamicTest(pair.ours().getSimpleName(), () -> {
                    for (short version = pair.lowestVersion(); version <= pair.highestVersion(); version++) {
                        Random random = new Random(seed + pair.ours().getName().hashCode() + version);
                        for (int round = 0; round < ROUNDS; round++) {
                            runReplayable(check, pair, version, random);
                        }
                    }
                }))
                .toList();
    }

    private void runReplayable(Check check, KafkaMessages.Pair pair, short version, Random random) {
        try {
            check.run(pair, version, random);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    pair.ours().getName() + " v" + version + "; replay with mvn test -pl protocol -am"
                            + " -Dtest=CodecAgainstKafkaTest -Dsurefire.failIfNoSpecifiedTests=false -Dseed=" + seed,
                    e);
        }
    }

    private void checkVersion(KafkaMessages.Pair pair, short version, Random random) {
        Message kafkas = new KafkaValues(random).fill(pair.newKafkas(), pair.schema(version));
        ApiMessage ours = Translation.translate(kafkas, pair.ours());
        byte[] expected = KafkaMessages.Pair.encode(kafkas, version);

        assertThat(encode(ours, version)).isEqualTo(expected);

        WireReader in = new WireReader(random.nextBoolean() ? ByteBuffer.wrap(expected) : direct(expected));
        ApiMessage read = pair.read(in, version);
        assertThat(in.remaining()).isZero();
        assertThat(read).isEqualTo(ours).hasSameHashCodeAs(ours);
        assertThat(encode(read, version)).isEqualTo(expected);

        Message readByKafka = pair.readKafkas(ByteBuffer.wrap(encode(read, version)), version);
        assertThat(KafkaMessages.Pair.encode(readByKafka, version)).isEqualTo(expected);
    }

    /** Fields of any version are set: Kafka leaves out what is ignorable and refuses the rest, and so do we. */
    private void checkForeignFields(KafkaMessages.Pair pair, short version, Random random) {
        short other = (short) (pair.lowestVersion() + random.nextInt(pair.highestVersion() - pair.lowestVersion() + 1));
        Message kafkas = new KafkaValues(random).fill(pair.newKafkas(), pair.schema(other));
        ApiMessage ours = Translation.translate(kafkas, pair.ours());
        byte[] expected;
        try {
            expected = KafkaMessages.Pair.encode(kafkas, version);
        } catch (RuntimeException e) {
            assertThatThrownBy(() -> encode(ours, version))
                    .as("Kafka: " + e)
                    .isInstanceOfAny(MalformedMessageException.class, NullPointerException.class);
            return;
        }
        assertThat(encode(ours, version)).isEqualTo(expected);
    }

    private static byte[] encode(ApiMessage message, short version) {
        WireWriter out = new WireWriter();
        message.write(out, version);
        assertThat(out.size()).isEqualTo(out.toByteArray().length);
        return out.toByteArray();
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
