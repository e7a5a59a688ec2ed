package io.headrace.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class WireReaderTest {
    private static WireReader reader(int... bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
        for (int b : bytes) {
            buffer.put((byte) b);
        }
        return new WireReader(buffer.flip());
    }

    private static void assertMalformed(Consumer<WireReader> read, int... bytes) {
        assertThatThrownBy(() -> read.accept(reader(bytes))).isInstanceOf(MalformedMessageException.class);
    }

    private static <T> T written(Consumer<WireWriter> write, Function<WireReader, T> read) {
        WireWriter out = new WireWriter();
        write.accept(out);
        WireReader in = new WireReader(ByteBuffer.wrap(out.toByteArray()));
        T value = read.apply(in);
        assertThat(in.remaining()).isZero();
        return value;
    }

    @Test
    void numbersComeBackAsWritten() {
        for (long value : new long[] {
            0,
            1,
            -1,
            63,
            64,
            -64,
            -65,
            127,
            128,
            1 << 20,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        }) {
            assertThat(written(out -> out.writeLong(value), WireReader::readLong))
                    .isEqualTo(value);
            assertThat(written(out -> out.writeVarlong(value), WireReader::readVarlong))
                    .isEqualTo(value);
            assertThat(written(out -> out.writeInt((int) value), WireReader::readInt))
                    .isEqualTo((int) value);
            assertThat(written(out -> out.writeVarint((int) value), WireReader::readVarint))
                    .isEqualTo((int) value);
            assertThat(written(out -> out.writeUnsignedVarint((int) value), WireReader::readUnsignedVarint))
                    .isEqualTo((int) value);
            assertThat(written(out -> out.writeShort((short) value), WireReader::readShort))
                    .isEqualTo((short) value);
            assertThat(written(out -> out.writeByte((byte) value), WireReader::readByte))
                    .isEqualTo((byte) value);
            double fraction = value / 3.0;
            assertThat(written(out -> out.writeDouble(fraction), WireReader::readDouble))
                    .isEqualTo(fraction);
        }
        assertThat(written(out -> out.writeUnsignedShort(0xffff), WireReader::readUnsignedShort))
                .isEqualTo(0xffff);
        assertThat(written(out -> out.writeUnsignedInt(0xffff_ffffL), WireReader::readUnsignedInt))
                .isEqualTo(0xffff_ffffL);
    }

    @Test
    void uuidsComeBackAsWrittenAndZeroIsShared() {
        UUID uuid = new UUID(0x0123_4567_89ab_cdefL, -2);
        assertThat(written(out -> out.writeUuid(uuid), WireReader::readUuid)).isEqualTo(uuid);
        assertThat(written(out -> out.writeUuid(new UUID(0, 0)), WireReader::readUuid))
                .isSameAs(WireReader.ZERO_UUID);
    }

    @Test
    void textOfAllKindsComesBackAsWritten() {
        for (String text : new String[] {"", "orders", "größe", "€", "中文", "a𝄞b😀", "\u0000", "x".repeat(32767)}) {
            for (boolean flexible : new boolean[] {true, false}) {
                String read = written(out -> out.writeString(text, flexible), in -> in.readString(flexible));
                assertThat(read).isEqualTo(text);
            }
        }
    }

    @Test
    void aLoneSurrogateIsWrittenAsAQuestionMark() {
        for (String text : new String[] {"a\ud834", "\udd1eb", "\ud834\ud834", "é\ud834", "\udd1e€", "\ud834x"}) {
            String read = written(out -> out.writeString(text, true), in -> in.readString(true));
            assertThat(read).isEqualTo(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        }
    }

    @Test
    void varintsOfMoreThanFiveBytesOrThirtyTwoBitsAreRefused() {
        assertThat(reader(0xff, 0xff, 0xff, 0xff, 0x0f).readUnsignedVarint()).isEqualTo(-1);
        assertMalformed(WireReader::readUnsignedVarint, 0xff, 0xff, 0xff, 0xff, 0x1f);
        assertMalformed(WireReader::readUnsignedVarint, 0x80, 0x80, 0x80, 0x80, 0x10);
        assertMalformed(WireReader::readUnsignedVarint, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
        assertMalformed(WireReader::readVarint, 0xff, 0xff, 0xff, 0xff, 0xff);
        assertMalformed(WireReader::readUnsignedVarint, 0x80, 0x80);
    }

    @Test
    void varlongsOfMoreThanTenBytesOrSixtyFourBitsAreRefused() {
        assertThat(reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)
                        .readVarlong())
                .isEqualTo(Long.MIN_VALUE);
        assertMalformed(WireReader::readVarlong, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02);
        assertMalformed(WireReader::readVarlong, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    }

    @Test
    void varintsLongerThanTheyNeedToBeAreAccepted() {
        assertThat(reader(0x81, 0x80, 0x80, 0x80, 0x00).readUnsignedVarint()).isEqualTo(1);
    }

    @Test
    void aCompactLengthBeyondThirtyOneBitsIsNotTakenForNull() {
        assertMalformed(in -> in.readNullableString(true), 0xff, 0xff, 0xff, 0xff, 0x0f);
        assertMalformed(in -> in.readNullableByteArray(true), 0x80, 0x80, 0x80, 0x80, 0x08);
        assertMalformed(in -> in.readNullableArrayLength(true, 1), 0xff, 0xff, 0xff, 0xff, 0x0f);
    }

    @Test
    void lengthsBeyondTheBytesAreRefused() {
        assertMalformed(in -> in.readString(false), 0, 2, 'a');
        assertMalformed(in -> in.readString(true), 3, 'a');
        assertMalformed(in -> in.readByteArray(false), 0x7f, 0xff, 0xff, 0xff, 1);
        assertMalformed(in -> in.readByteBuffer(true), 3, 1);
        assertMalformed(in -> in.readRecords(false), 0, 0, 0, 2, 1);
        assertMalformed(in -> in.readBytes(2), 1);
        assertMalformed(in -> in.readArrayLength(false, 1), 0x7f, 0xff, 0xff, 0xff, 1, 2, 3);
        assertMalformed(in -> in.readArrayLength(false, 2), 0, 0, 0, 2, 1, 2, 3);
        assertThat(reader(0, 0, 0, 1, 1, 2, 3).readArrayLength(false, 2)).isEqualTo(1);
        assertMalformed(WireReader::readTaggedFieldCount, 2, 0, 0, 0);
        assertMalformed(WireReader::readTaggedFieldSize, 2, 0);
    }

    @Test
    void negativeLengthsOtherThanNullAreRefused() {
        assertMalformed(in -> in.readNullableString(false), 0xff, 0xfe);
        assertMalformed(in -> in.readNullableByteArray(false), 0xff, 0xff, 0xff, 0xfe);
        assertMalformed(in -> in.readNullableArrayLength(false, 1), 0x80, 0, 0, 0);
        assertMalformed(in -> in.readBytes(-1), 1);
    }

    @Test
    void nullIsRefusedUnlessAskedFor() {
        assertThat(reader(0xff, 0xff).readNullableString(false)).isNull();
        assertThat(reader(0).readNullableByteBuffer(true)).isNull();
        assertThat(reader(0).readNullableRecords(true)).isNull();
        assertThat(reader(0).readNullableArrayLength(true, 1)).isEqualTo(-1);
        assertMalformed(in -> in.readString(false), 0xff, 0xff);
        assertMalformed(in -> in.readByteArray(true), 0);
        assertMalformed(in -> in.readRecords(true), 0);
        assertMalformed(in -> in.readArrayLength(true, 1), 0);
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        int[][] wrong = {
            {0xff, 'a'}, {0xc3, '('}, {0xc0, 0x80}, {0xe2, 0x82}, {0xed, 0xa0, 0x80}, {0xf5, 0x80, 0x80, 0x80}, {0x80}
        };
        for (int[] bytes : wrong) {
            int[] encoded = new int[bytes.length + 1];
            encoded[0] = bytes.length + 1;
            System.arraycopy(bytes, 0, encoded, 1, bytes.length);
            assertMalformed(in -> in.readString(true), encoded);
            byte[] text = new byte[bytes.length];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) bytes[i];
            }
            assertThat(reader(encoded).readText(true))
                    .as("text that is no name")
                    .isEqualTo(Utils.utf8(text));
        }
    }

    @Test
    void textThatReplacementsMakeTooLongIsRefused() {
        assertThat(notUtf8(10_922).readText(false)).isEqualTo("\ufffd".repeat(10_922));
        assertThatThrownBy(() -> notUtf8(10_923).readText(false)).isInstanceOf(MalformedMessageException.class);
    }

    private static WireReader notUtf8(int sizeBytes) {
        byte[] bytes = new byte[2 + sizeBytes];
        Arrays.fill(bytes, (byte) 0xff);
        return new WireReader(ByteBuffer.wrap(bytes).putShort(0, (short) sizeBytes));
    }

    @Test
    void textLongerThanAStringMayBeIsRefused() {
        WireWriter out = new WireWriter();
        out.writeUnsignedVarint(32769);
        out.writeBytes(new byte[32768]);
        assertThatThrownBy(() -> new WireReader(ByteBuffer.wrap(out.toByteArray())).readString(true))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> new WireWriter().writeString("x".repeat(32768), true))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void readingStartsAtThePositionOfTheBufferAndLeavesItThere() {
        ByteBuffer buffer = ByteBuffer.wrap(new byte[] {9, 9, 3, 'h', 'i', 7}).position(2);
        WireReader in = new WireReader(buffer);
        assertThat(in.readString(true)).isEqualTo("hi");
        assertThat(in.position()).isEqualTo(3);
        assertThat(in.readByte()).isEqualTo((byte) 7);
        assertThat(buffer.position()).isEqualTo(2);
    }

    @Test
    void recordsAreAViewOfTheInput() {
        byte[] bytes = {3, 1, 2};
        Payload records = new WireReader(ByteBuffer.wrap(bytes)).readRecords(true);
        bytes[2] = 5;
        assertThat(records).isEqualTo(BufferPayload.of(new byte[] {1, 5}));
    }

    @Test
    void theBudgetOfElementsIsSharedByAllArrays() {
        WireReader in = new WireReader(ByteBuffer.wrap(new byte[] {3, 0, 0, 3, 0, 0, 2, 0, 0}), 4);
        assertThat(in.readArrayLength(true, 1)).isEqualTo(2);
        in.readBytes(2);
        assertThat(in.readArrayLength(true, 1)).isEqualTo(2);
        in.readBytes(2);
        assertThatThrownBy(() -> in.readArrayLength(true, 1)).isInstanceOf(MalformedMessageException.class);
    }
}
