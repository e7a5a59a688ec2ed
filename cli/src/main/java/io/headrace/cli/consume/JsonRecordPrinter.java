package io.headrace.cli.consume;

import io.headrace.cli.client.TimeText;
import io.headrace.cli.output.JsonText;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordHeader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One JSON object a line. Bytes that are no UTF-8 come as {@code keyBase64} and {@code valueBase64} instead. */
final class JsonRecordPrinter implements RecordPrinter {
    @Override
    public void print(OutputStream out, String topic, int partition, Record record) throws IOException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("topic", topic);
        json.put("partition", partition);
        json.put("offset", record.offset());
        json.put("timestamp", record.timestamp() < 0 ? null : TimeText.rfc3339(record.timestamp()));
        List<Map<String, @Nullable Object>> headers = new ArrayList<>();
        for (RecordHeader header : record.headers()) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            put(one, "key", header.keyBytes());
            put(one, "value", header.value());
            headers.add(one);
        }
        json.put("headers", headers);
        put(json, "key", record.key());
        put(json, "value", record.value());
        out.write(JsonText.line(json).getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    private static void put(Map<String, @Nullable Object> json, String name, @Nullable ByteBuffer bytes) {
        if (bytes == null) {
            json.put(name, null);
            return;
        }
        try {
            json.put(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(bytes.duplicate())
                            .toString());
        } catch (CharacterCodingException e) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            json.put(name + "Base64", Base64.getEncoder().encodeToString(copy));
        }
    }
}
