package io.headrace.cli.consume;

import io.headrace.cli.client.TimeText;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A format string like those of kcat and rpk.
 *
 * <pre>
 *   %v %s value          %V %S its size in bytes, -1 for null
 *   %k    key            %K    its size in bytes, -1 for null
 *   %t    topic          %p    partition        %o offset
 *   %T    timestamp, milliseconds since 1970    %d the same as RFC 3339
 *   %h    headers, name=value,name=value
 *   %%    %              \n \t \r \\ \xHH       bytes
 * </pre>
 */
final class RecordFormat implements RecordPrinter {
    /** Writes one piece of the output. */
    private interface Piece {
        void write(OutputStream out, String topic, int partition, Record record) throws IOException;
    }

    private final List<Piece> pieces = new ArrayList<>();

    private RecordFormat() {}

    /** @throws IllegalArgumentException with a message for the one who typed it */
    static RecordFormat parse(String format) {
        RecordFormat result = new RecordFormat();
        ByteArrayOutputStream literal = new ByteArrayOutputStream();
        byte[] text = format.getBytes(StandardCharsets.UTF_8);
        int i = 0;
        while (i < text.length) {
            if (text[i] == '%' && i + 1 < text.length && text[i + 1] != '%') {
                result.addLiteral(literal);
                result.pieces.add(piece((char) text[i + 1]));
                i += 2;
            } else if (text[i] == '\\' && i + 1 < text.length) {
                i = escape(text, i + 1, literal);
            } else {
                literal.write(text[i]);
                i += text[i] == '%' ? 2 : 1;
            }
        }
        result.addLiteral(literal);
        return result;
    }

    private void addLiteral(ByteArrayOutputStream literal) {
        if (literal.size() > 0) {
            byte[] bytes = literal.toByteArray();
            literal.reset();
            pieces.add((out, topic, partition, record) -> out.write(bytes));
        }
    }

    private static int escape(byte[] text, int at, ByteArrayOutputStream literal) {
        switch (text[at]) {
            case 'n':
                literal.write('\n');
                return at + 1;
            case 't':
                literal.write('\t');
                return at + 1;
            case 'r':
                literal.write('\r');
                return at + 1;
            case '\\':
                literal.write('\\');
                return at + 1;
            case 'x':
                int high = at + 1 < text.length ? Character.digit(text[at + 1], 16) : -1;
                int low = at + 2 < text.length ? Character.digit(text[at + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw new IllegalArgumentException("\\x needs two hexadecimal digits");
                }
                literal.write((high << 4) | low);
                return at + 3;
            default:
                throw new IllegalArgumentException(
                        "\\" + (char) text[at] + " is not an escape; there are \\n \\t \\r \\\\ \\xHH");
        }
    }

    private static Piece piece(char token) {
        switch (token) {
            case 'v':
            case 's':
                return (out, topic, partition, record) -> write(out, record.value());
            case 'k':
                return (out, topic, partition, record) -> write(out, record.key());
            case 'V':
            case 'S':
                return (out, topic, partition, record) -> write(out, size(record.value()));
            case 'K':
                return (out, topic, partition, record) -> write(out, size(record.key()));
            case 't':
                return (out, topic, partition, record) -> out.write(topic.getBytes(StandardCharsets.UTF_8));
            case 'p':
                return (out, topic, partition, record) -> write(out, partition);
            case 'o':
                return (out, topic, partition, record) -> write(out, record.offset());
            case 'T':
                return (out, topic, partition, record) -> write(out, record.timestamp());
            case 'd':
                return (out, topic, partition, record) ->
                        out.write(TimeText.rfc3339(record.timestamp()).getBytes(StandardCharsets.UTF_8));
            case 'h':
                return (out, topic, partition, record) -> writeHeaders(out, record.headers());
            default:
                throw new IllegalArgumentException(
                        "%" + token + " is unknown; there are %k %v %t %p %o %T %d %h %K %V and %%");
        }
    }

    private static void writeHeaders(OutputStream out, List<RecordHeader> headers) throws IOException {
        for (int i = 0; i < headers.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            write(out, headers.get(i).keyBytes());
            out.write('=');
            write(out, headers.get(i).value());
        }
    }

    private static long size(@Nullable ByteBuffer bytes) {
        return bytes == null ? -1 : bytes.remaining();
    }

    private static void write(OutputStream out, long number) throws IOException {
        out.write(Long.toString(number).getBytes(StandardCharsets.US_ASCII));
    }

    static void write(OutputStream out, @Nullable ByteBuffer bytes) throws IOException {
        if (bytes == null) {
            return;
        }
        if (bytes.hasArray()) {
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        } else {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            out.write(copy);
        }
    }

    @Override
    public void print(OutputStream out, String topic, int partition, Record record) throws IOException {
        for (Piece piece : pieces) {
            piece.write(out, topic, partition, record);
        }
    }
}
