package io.headrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Bytes that no honest peer sends: they are refused as malformed, or they mean something, but nothing else happens. */
class HostileBytesTest {
    private static final int ROUNDS = 20;
    private static final int[] LENGTHS = {Integer.MIN_VALUE, -2, -1, 0, 1, 0x7fff, 0x8000, 1 << 28, Integer.MAX_VALUE};

    private final long seed = Long.getLong("seed", System.nanoTime());

    private interface Check {
        void run(KafkaMessages.Pair pair, short version, byte[] encoded, Random random);
    }

    private void forEachVersion(Check check) {
        for (KafkaMessages.Pair pair : KafkaMessages.all()) {
            for (short version = pair.lowestVersion(); version <= pair.highestVersion(); version++) {
                Random random = new Random(seed + pair.ours().getName().hashCode() + version);
                byte[] encoded = KafkaMessages.Pair.encode(
                        new KafkaValues(random).fill(pair.newKafkas(), pair.schema(version)), version);
                try {
                    check.run(pair, version, encoded, random);
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(
                            pair.ours().getName() + " v" + version + "; replay with mvn test -pl protocol -am"
                                    + " -Dtest=HostileBytesTest -Dsurefire.failIfNoSpecifiedTests=false -Dseed=" + seed,
                            e);
                }
            }
        }
    }

    @Test
    void aMessageThatEndsEarlyIsMalformed() {
        forEachVersion((pair, version, encoded, random) -> {
            for (int size = 0; size < Math.min(encoded.length, 100); size++) {
                ByteBuffer start = ByteBuffer.wrap(encoded, 0, size);
                assertThatThrownBy(() -> pair.read(new WireReader(start), version))
                        .isInstanceOf(MalformedMessageException.class);
            }
        });
    }

    @Test
    void flippedBitsAreMalformedOrMeanSomethingElse() {
        forEachVersion((pair, version, encoded, random) -> {
            for (int round = 0; encoded.length > 0 && round < ROUNDS; round++) {
                byte[] damaged = encoded.clone();
                for (int flips = random.nextInt(3); flips >= 0; flips--) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                readOrRefuse(pair, version, damaged);
            }
        });
    }

    @Test
    void implausibleLengthsAnywhereAreMalformedOrMeanSomethingElse() {
        forEachVersion((pair, version, encoded, random) -> {
            for (int round = 0; encoded.length > 4 && round < ROUNDS; round++) {
                ByteBuffer damaged = ByteBuffer.wrap(encoded.clone());
                damaged.putInt(random.nextInt(encoded.length - 3), LENGTHS[random.nextInt(LENGTHS.length)]);
                readOrRefuse(pair, version, damaged.array());
            }
        });
    }

    @Test
    void randomBytesAreMalformedOrMeanSomething() {
        forEachVersion((pair, version, encoded, random) -> {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] noise = new byte[random.nextInt(100)];
                random.nextBytes(noise);
                readOrRefuse(pair, version, noise);
            }
        });
    }

    /** What was understood must also be writable, and readable again as the same. */
    private static void readOrRefuse(KafkaMessages.Pair pair, short version, byte[] bytes) {
        ApiMessage message;
        try {
            message = pair.read(new WireReader(ByteBuffer.wrap(bytes)), version);
        } catch (MalformedMessageException e) {
            return;
        }
        if (hasTagsInOrder(message)) {
            WireWriter out = new WireWriter();
            try {
                message.write(out, version);
            } catch (MalformedMessageException e) {
                assertThat(e).hasMessageContaining("out of order");
                return;
            }
            ApiMessage again = pair.read(new WireReader(ByteBuffer.wrap(out.toByteArray())), version);
            if (!again.equals(message)) {
                assertThat(again).isEqualTo(message);
            }
        }
    }

    private static boolean hasTagsInOrder(ApiMessage message) {
        return message.unknownTaggedFields().size() < 2;
    }

    @Test
    void aVersionThatDoesNotExistIsRefused() {
        for (KafkaMessages.Pair pair : KafkaMessages.all()) {
            for (int version : new int[] {-1, pair.lowestVersion() - 1, pair.highestVersion() + 1, Short.MAX_VALUE}) {
                WireReader in = new WireReader(ByteBuffer.allocate(1000));
                assertThatThrownBy(() -> pair.read(in, (short) version)).isInstanceOf(MalformedMessageException.class);
                assertThatThrownBy(() -> pair.newOurs().write(new WireWriter(), (short) version))
                        .isInstanceOf(MalformedMessageException.class);
            }
        }
    }

    @Test
    void nullIsRefusedWhereTheVersionHasNone() {
        // In version 0 of Metadata no topics means all of them; null came with version 1.
        assertRefused(out -> out.writeInt(-1), in -> MetadataRequest.read(in, (short) 0));
        assertThatThrownBy(() -> new MetadataRequest().setTopics(null).write(new WireWriter(), (short) 0))
                .isInstanceOf(MalformedMessageException.class);
        assertThatCode(() -> new MetadataRequest().setTopics(null).write(new WireWriter(), (short) 1))
                .doesNotThrowAnyException();
        assertRefused(out -> out.writeNullableString(null, false), in -> HeartbeatRequest.read(in, (short) 0));
        assertRefused(out -> out.writeNullableString(null, true), in -> HeartbeatRequest.read(in, (short) 4));
        assertRefused(out -> out.writeInt(-1), in -> SaslAuthenticateRequest.read(in, (short) 0));
    }

    @Test
    void unknownTaggedFieldsOfOneMessageAreBounded() {
        assertRefused(
                out -> {
                    out.writeUnsignedVarint(WireReader.UNKNOWN_TAGGED_FIELD_COUNT_MAX + 1);
                    for (int tag = 0; tag <= WireReader.UNKNOWN_TAGGED_FIELD_COUNT_MAX; tag++) {
                        out.writeUnsignedVarint(tag + 100);
                        out.writeUnsignedVarint(0);
                    }
                },
                in -> ListGroupsRequest.read(skipLists(in), (short) 5));
        assertRefused(
                out -> {
                    out.writeUnsignedVarint(1);
                    out.writeUnsignedVarint(100);
                    out.writeUnsignedVarint(WireReader.UNKNOWN_TAGGED_FIELD_BYTES_MAX + 1);
                    out.writeBytes(new byte[WireReader.UNKNOWN_TAGGED_FIELD_BYTES_MAX + 1]);
                },
                in -> ListGroupsRequest.read(skipLists(in), (short) 5));
    }

    /** Puts two empty arrays in front of what the reader has. */
    private static WireReader skipLists(WireReader in) {
        ByteBuffer rest = in.readBytes(in.remaining());
        ByteBuffer whole = ByteBuffer.allocate(rest.remaining() + 2)
                .put((byte) 1)
                .put((byte) 1)
                .put(rest)
                .flip();
        return new WireReader(whole);
    }

    @Test
    void manyElementsInManyArraysAreBounded() {
        byte[] encoded = encode(
                new MetadataRequest()
                        .setTopics(Collections.nCopies(100, new MetadataRequest.MetadataRequestTopic().setName("t"))),
                (short) 9);
        assertThatCode(() -> MetadataRequest.read(new WireReader(ByteBuffer.wrap(encoded), 100), (short) 9))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> MetadataRequest.read(new WireReader(ByteBuffer.wrap(encoded), 99), (short) 9))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void aTaggedFieldOfAnotherSizeThanItSaysIsRefused() {
        byte[] encoded = encode(new ApiVersionsResponse().setFinalizedFeaturesEpoch(7), (short) 3);
        // The tag section: one field, tag 1, 8 bytes.
        assertThat(Arrays.copyOfRange(encoded, encoded.length - 11, encoded.length - 8))
                .containsExactly(1, 1, 8);
        byte[] tooShort = Arrays.copyOf(encoded, encoded.length - 1);
        tooShort[encoded.length - 9] = 7;
        assertThatThrownBy(() -> ApiVersionsResponse.read(new WireReader(ByteBuffer.wrap(tooShort)), (short) 3))
                .isInstanceOf(MalformedMessageException.class);
        byte[] tooLong = Arrays.copyOf(encoded, encoded.length + 1);
        tooLong[encoded.length - 9] = 9;
        assertThatThrownBy(() -> ApiVersionsResponse.read(new WireReader(ByteBuffer.wrap(tooLong)), (short) 3))
                .isInstanceOf(MalformedMessageException.class);
    }

    private static void assertRefused(Consumer<WireWriter> bytes, Consumer<WireReader> read) {
        WireWriter out = new WireWriter();
        bytes.accept(out);
        // More bytes than any message's fixed fields: it must be the null or the count that is refused.
        ByteBuffer buffer =
                ByteBuffer.allocate(out.size() + 64).put(out.toByteArray()).clear();
        assertThatThrownBy(() -> read.accept(new WireReader(buffer))).isInstanceOf(MalformedMessageException.class);
    }

    private static byte[] encode(ApiMessage message, short version) {
        WireWriter out = new WireWriter();
        message.write(out, version);
        return out.toByteArray();
    }
}
