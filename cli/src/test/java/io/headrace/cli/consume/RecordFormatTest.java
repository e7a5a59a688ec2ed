package io.headrace.cli.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {
    private static final Record RECORD = new Record(
            42,
            1_700_000_000_000L,
            buffer("key"),
            buffer("value"),
            List.of(RecordHeader.of("a", bytes("1")), RecordHeader.of("b", null)));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(bytes(text));
    }

    private static String print(RecordPrinter printer, Record record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        printer.print(out, "orders", 3, record);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String format(String format) throws IOException {
        return print(RecordFormat.parse(format), RECORD);
    }

    @Test
    void fillsInTheRecord() throws IOException {
        assertThat(format("%t/%p/%o: %k=%v (%K, %V) %h%%\\n")).isEqualTo("orders/3/42: key=value (3, 5) a=1,b=%\n");
        assertThat(format("%s|%S|%T|%d")).isEqualTo("value|5|1700000000000|2023-11-14T22:13:20.000Z");
        assertThat(format("\\x41\\t\\\\é%")).isEqualTo("A\t\\é%");
    }

    @Test
    void nullsAreEmptyAndOfSizeMinusOne() throws IOException {
        Record empty = new Record(0, -1, null, null, List.of());
        assertThat(print(RecordFormat.parse("[%k][%v][%K][%V][%h]"), empty)).isEqualTo("[][][-1][-1][]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%z", "\\q", "\\x4", "\\xzz"})
    void refusesWhatItDoesNotKnow(String format) {
        assertThatThrownBy(() -> RecordFormat.parse(format)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void printsJson() throws IOException {
        assertThat(print(new JsonRecordPrinter(), RECORD))
                .isEqualTo("{\"topic\":\"orders\",\"partition\":3,\"offset\":42,"
                        + "\"timestamp\":\"2023-11-14T22:13:20.000Z\","
                        + "\"headers\":[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":null}],"
                        + "\"key\":\"key\",\"value\":\"value\"}\n");
        Record binary = new Record(0, -1, null, ByteBuffer.wrap(new byte[] {-1, 0}), List.of());
        assertThat(print(new JsonRecordPrinter(), binary)).contains("\"valueBase64\":\"/wA=\"");
    }
}
