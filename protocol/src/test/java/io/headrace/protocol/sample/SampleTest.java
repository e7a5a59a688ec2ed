package io.headrace.protocol.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.RawTaggedField;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The corners of the specification language that Kafka's own messages do not reach. */
class SampleTest {
    private static Sample filled() {
        Sample.Part part = new Sample.Part().setName("n").setPassword("p").setNumbers(List.of());
        return new Sample()
                .setVersion((short) 300)
                .setOut(-5)
                .setIn("größe")
                .setFlexible(false)
                .setElement(List.of(1L, Long.MIN_VALUE))
                .setThat(-1.5)
                .setCount(0x8000_0000L)
                .setList(0x8000)
                .setLateNullText("t")
                .setLateNullBytes(new byte[] {1})
                .setLateNullView(ByteBuffer.wrap(new byte[] {2}))
                .setLateNullRecords(BufferPayload.of(new byte[] {3}))
                .setLateNullPart(part)
                .setLateNullParts(List.of(part, part));
    }

    private static byte[] encode(Sample sample, int version) {
        WireWriter out = new WireWriter();
        sample.write(out, (short) version);
        return out.toByteArray();
    }

    private static Sample again(Sample sample, int version) {
        WireReader in = new WireReader(ByteBuffer.wrap(encode(sample, version)));
        Sample read = Sample.read(in, (short) version);
        assertThat(in.remaining()).isZero();
        return read;
    }

    @Test
    void allTypesComeBackAsWrittenInAllVersions() {
        for (int version = 1; version <= 4; version++) {
            assertThat(again(filled(), version)).isEqualTo(filled());
        }
    }

    @Test
    void defaultsAreThoseOfTheSpecification() {
        Sample sample = new Sample();
        assertThat(sample.out()).isEqualTo(7);
        assertThat(sample.in()).isEqualTo("inner \"quoted\"");
        assertThat(sample.flexible()).isTrue();
        assertThat(sample.that()).isEqualTo(0.5);
        assertThat(sample.count()).isEqualTo(0xffff_ffffL);
        assertThat(sample.list()).isEqualTo(0xffff);
        assertThat(sample.middle()).isEqualTo((byte) -1);
        assertThat(sample.tagNine()).isNull();
        assertThat(again(sample, 4).middle()).isEqualTo((byte) -1);
    }

    @Test
    void listsStartEmptyAndCanBeAddedTo() {
        Sample sample = new Sample();
        sample.element().add(3L);
        assertThat(again(sample, 2).element()).containsExactly(3L);
    }

    @Test
    void nullIsForVersionsThatHaveIt() {
        List<UnaryOperator<Sample>> nulls = List.of(
                sample -> sample.setLateNullText(null),
                sample -> sample.setLateNullBytes(null),
                sample -> sample.setLateNullView(null),
                sample -> sample.setLateNullRecords(null),
                sample -> sample.setLateNullPart(null),
                sample -> sample.setLateNullParts(null));
        for (UnaryOperator<Sample> setNull : nulls) {
            Sample sample = setNull.apply(filled());
            assertThatThrownBy(() -> encode(sample, 1)).isInstanceOf(MalformedMessageException.class);
            for (int version = 2; version <= 4; version++) {
                assertThat(again(sample, version)).isEqualTo(sample);
            }
        }
    }

    @Test
    void whatAVersionCannotSayIsLostOrRefused() {
        Sample ignorable = filled().setMiddleIgnored((byte) 3);
        assertThat(again(ignorable, 3)).isEqualTo(ignorable);
        assertThat(again(ignorable, 4)).isEqualTo(filled());
        Sample needed = filled().setMiddle((byte) 3);
        assertThat(again(needed, 2)).isEqualTo(needed);
        assertThatThrownBy(() -> encode(needed, 1)).hasMessageContaining("Sample.middle is not part of version 1");
        assertThatThrownBy(() -> encode(needed, 4)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> encode(filled().setTagTwo(3), 2)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> encode(filled().setUnknownTaggedFields(tags(1)), 2))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void unknownTagsKeepTheirPlacesBetweenKnownOnes() {
        Sample sample = filled().setTagTwo(22)
                .setTagFive("55")
                .setTagNine(new Sample.Part().setName("99"))
                .setUnknownTaggedFields(tags(0, 1, 3, 4, 6, 7, 10, 1000));
        assertThat(again(sample, 4)).isEqualTo(sample);
        assertThat(tagsIn(encode(sample, 4), encode(filled(), 4).length - 1))
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 1000);
        Sample withoutKnown = filled().setUnknownTaggedFields(tags(0, 4, 7));
        assertThat(again(withoutKnown, 4)).isEqualTo(withoutKnown);
    }

    @Test
    void aKnownTagAmongTheUnknownIsRefused() {
        for (int tag : new int[] {2, 5, 9}) {
            Sample sample = filled().setTagTwo(22)
                    .setTagFive("55")
                    .setTagNine(new Sample.Part())
                    .setUnknownTaggedFields(tags(tag));
            assertThatThrownBy(() -> encode(sample, 4)).isInstanceOf(MalformedMessageException.class);
        }
    }

    @Test
    void aTagOfALaterVersionIsRefused() {
        byte[] encoded = encode(filled().setUnknownTaggedFields(tags(8)), 3);
        int tagAt = encoded.length - 3;
        assertThat(encoded[tagAt]).isEqualTo((byte) 8);
        encoded[tagAt] = 9;
        assertThatThrownBy(() -> Sample.read(new WireReader(ByteBuffer.wrap(encoded)), (short) 3))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void secretsWithinStructuresAreNotShown() {
        assertThat(filled().toString())
                .contains("lateNullPart=Part(name=n, password=<redacted>, numbers=[])")
                .contains("lateNullBytes=<1 bytes>")
                .contains("tagNine=null");
    }

    private static List<RawTaggedField> tags(int... tags) {
        List<RawTaggedField> fields = new ArrayList<>();
        for (int tag : tags) {
            fields.add(new RawTaggedField(tag, new byte[] {(byte) tag}));
        }
        return fields;
    }

    private static List<Integer> tagsIn(byte[] encoded, int position) {
        WireReader in = new WireReader(ByteBuffer.wrap(encoded, position, encoded.length - position));
        List<Integer> tags = new ArrayList<>();
        for (int left = in.readUnsignedVarint(); left > 0; left--) {
            tags.add(in.readUnsignedVarint());
            in.readBytes(in.readTaggedFieldSize());
        }
        return tags;
    }
}
