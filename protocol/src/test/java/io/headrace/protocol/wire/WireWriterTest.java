package io.headrace.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireWriterTest {
    /** Stands for records in a file. */
    private record Elsewhere(int sizeBytes) implements Payload {}

    @Test
    void payloadsStandBetweenTheBytesInOrder() {
        WireWriter out = new WireWriter();
        Payload inFile = new Elsewhere(1000);
        Payload inMemory = BufferPayload.of(new byte[] {7, 7});
        out.writeInt(1);
        out.writeNullableRecords(inFile, false);
        out.writePayload(inMemory);
        out.writeByte(2);
        assertThat(out.size()).isEqualTo(4 + 4 + 1000 + 2 + 1);
        assertThat(out.parts())
                .containsExactly(
                        BufferPayload.of(new byte[] {0, 0, 0, 1, 0, 0, 3, (byte) 0xe8}),
                        inFile,
                        inMemory,
                        BufferPayload.of(new byte[] {2}));
        assertThat(out.parts()).element(1).isSameAs(inFile);
        assertThatThrownBy(out::toByteArray).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void emptyPayloadsLeaveNoPart() {
        WireWriter out = new WireWriter();
        out.writeRecords(BufferPayload.EMPTY, true);
        assertThat(out.parts()).containsExactly(BufferPayload.of(new byte[] {1}));
    }

    @Test
    void theFrameLengthIsPatchedWhereverItLies() {
        WireWriter out = new WireWriter();
        out.writeInt(0);
        out.writePayload(new Elsewhere(10));
        int second = out.size();
        out.writeInt(0);
        out.writeBytes(new byte[40_000]);
        int third = out.size();
        out.writeInt(0);
        out.patchInt(0, out.size() - 4);
        out.patchInt(second, 0x01020304);
        out.patchInt(third, -1);
        List<Payload> parts = out.parts();
        assertThat(((BufferPayload) parts.get(0)).buffer().getInt(0)).isEqualTo(out.size() - 4);
        assertThat(((BufferPayload) parts.get(2)).buffer().getInt(0)).isEqualTo(0x01020304);
        BufferPayload last = (BufferPayload) parts.get(parts.size() - 1);
        assertThat(last.buffer().getInt(last.sizeBytes() - 4)).isEqualTo(-1);
    }

    @Test
    void onlyIntsThatWereWrittenCanBePatched() {
        WireWriter out = new WireWriter();
        out.writeShort(1);
        out.writePayload(new Elsewhere(10));
        out.writeShort(1);
        for (int at : new int[] {-1, 0, 2, 5, 12, 13, 14, 100}) {
            assertThatThrownBy(() -> out.patchInt(at, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatIsWrittenDoesNotDependOnWhereChunksEnd() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        WireWriter out = new WireWriter();
        for (int message = 0; message < 50; message++) {
            ByteBuffer expected = ByteBuffer.allocate(1 << 18);
            out.reset();
            while (expected.position() < random.nextInt(100_000)) {
                writeSomething(out, expected, random);
            }
            assertThat(out.toByteArray())
                    .as(
                            "replay with mvn test -pl protocol -am -Dtest=WireWriterTest"
                                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dseed=%d",
                            seed)
                    .isEqualTo(Arrays.copyOf(expected.array(), expected.position()));
        }
    }

    private static void writeSomething(WireWriter out, ByteBuffer expected, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                long value = random.nextLong();
                out.writeLong(value);
                expected.putLong(value);
            }
            case 1 -> {
                out.writeByte(5);
                expected.put((byte) 5);
            }
            case 2 -> {
                byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 50_000 : 100)];
                random.nextBytes(bytes);
                out.writeBytes(bytes);
                expected.put(bytes);
            }
            case 3 -> {
                byte[] bytes = new byte[random.nextInt(100)];
                out.writeByteBuffer(ByteBuffer.wrap(bytes), false);
                expected.putInt(bytes.length).put(bytes);
            }
            case 4 -> {
                out.writePayload(BufferPayload.of(new byte[] {1, 2, 3}));
                expected.put(new byte[] {1, 2, 3});
            }
            default -> {
                WireWriter field = out.beginTaggedField(3);
                WireWriter inner = field.beginTaggedField(4);
                inner.writeInt(-2);
                field.endTaggedField();
                field.writePayload(BufferPayload.of(new byte[] {9}));
                field.writeByte(8);
                out.endTaggedField();
                expected.put(new byte[] {3, 8, 4, 4, -1, -1, -1, -2, 9, 8});
            }
        }
    }

    @Test
    void unknownTaggedFieldsAreWovenInByTag() {
        List<RawTaggedField> unknown =
                List.of(new RawTaggedField(1, new byte[] {10}), new RawTaggedField(5, new byte[] {50}));
        WireWriter out = new WireWriter();
        int next = out.writeUnknownTaggedFields(unknown, 0, 3);
        assertThat(next).isEqualTo(1);
        out.writeByte(99);
        next = out.writeUnknownTaggedFields(unknown, next, Integer.MAX_VALUE);
        assertThat(next).isEqualTo(2);
        assertThat(out.toByteArray()).containsExactly(1, 1, 10, 99, 5, 1, 50);
    }

    @Test
    void tagsOutOfOrderOrInUseAreRefused() {
        RawTaggedField one = new RawTaggedField(1, new byte[0]);
        RawTaggedField two = new RawTaggedField(2, new byte[0]);
        WireWriter out = new WireWriter();
        assertThatThrownBy(() -> out.writeTaggedFields(List.of(two, one)))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> out.writeTaggedFields(List.of(one, one)))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> out.writeUnknownTaggedFields(List.of(one), 0, 1))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void unsignedNumbersOutOfRangeAreRefused() {
        WireWriter out = new WireWriter();
        assertThatThrownBy(() -> out.writeUnsignedShort(0x10000)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> out.writeUnsignedShort(-1)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> out.writeUnsignedInt(1L << 32)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> out.writeUnsignedInt(-1)).isInstanceOf(MalformedMessageException.class);
    }
}
