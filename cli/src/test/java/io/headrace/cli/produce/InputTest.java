package io.headrace.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.cli.client.CommandFailure;
import io.headrace.protocol.records.RecordHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> lines(String text) throws IOException {
        LineReader reader = new LineReader(new ByteArrayInputStream(bytes(text)), 1 << 20);
        List<String> result = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            result.add(new String(line, StandardCharsets.UTF_8));
        }
        return result;
    }

    @Test
    void splitsAtNewlinesOnly() throws IOException {
        assertThat(lines("")).isEmpty();
        assertThat(lines("a\nb\n")).containsExactly("a", "b");
        assertThat(lines("a\n\n\r\nlast")).containsExactly("a", "", "\r", "last");
        String large = "x".repeat(200_000);
        assertThat(lines(large + "\n" + large)).containsExactly(large, large);
    }

    @Test
    void refusesALineWithoutEnd() {
        LineReader reader = new LineReader(new ByteArrayInputStream(new byte[1 << 20]), 100_000);
        assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessageContaining("100000");
    }

    @Test
    void splitsKeysAtTheFirstSeparator() {
        KeyedLine line = KeyedLine.split(bytes("k::v::w"), bytes("::"));
        assertThat(line.key()).isEqualTo(bytes("k"));
        assertThat(line.value()).isEqualTo(bytes("v::w"));
        assertThat(KeyedLine.split(bytes("k:v"), bytes("::")).key()).isNull();
        assertThat(KeyedLine.split(bytes("k:v"), null).value()).isEqualTo(bytes("k:v"));
        assertThat(KeyedLine.split(bytes("::v"), bytes("::")).key()).isEmpty();
    }

    @Test
    void readsHeadersAndAcks() {
        assertThat(ProduceCommand.parseHeaders(List.of("a=b:c", "x:y=z", "e=")))
                .containsExactly(
                        RecordHeader.of("a", bytes("b:c")),
                        RecordHeader.of("x", bytes("y=z")),
                        RecordHeader.of("e", bytes("")));
        assertThatThrownBy(() -> ProduceCommand.parseHeaders(List.of("none"))).isInstanceOf(CommandFailure.class);
        assertThat(ProduceCommand.acksCode("all")).isEqualTo((short) -1);
        assertThatThrownBy(() -> ProduceCommand.acksCode("2")).isInstanceOf(CommandFailure.class);
    }
}
