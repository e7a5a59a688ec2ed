package io.headrace.systemtests.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A real text of 104,334 lines, some of them not ASCII, to be sent line by line and put together again: Debian's list
 * of American English words.
 */
public final class TextFile {
    private static final String PATH = "/usr/share/dict/american-english";

    private final byte[] bytes;
    private final List<byte[]> lines;

    private TextFile(byte[] bytes) {
        this.bytes = bytes;
        this.lines = split(bytes);
    }

    /** The text, or a skipped test where it is not installed. */
    public static TextFile load() {
        try {
            return new TextFile(Files.readAllBytes(Installed.file(PATH, "wamerican")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes() {
        return bytes;
    }

    /** The lines without their line ends. */
    public List<byte[]> lines() {
        return lines;
    }

    /** The key of a line: its number, so that the order can be found again after the partitions mixed it. */
    public static String key(int line) {
        return String.format(Locale.ROOT, "%08d", line);
    }

    /** The lines from {@code start} to {@code end} as kcat reads them with {@code -K '\t'}. */
    public byte[] keyedLines(int start, int end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = start; i < end; i++) {
            out.writeBytes(key(i).getBytes(StandardCharsets.US_ASCII));
            out.write('\t');
            out.writeBytes(lines.get(i));
            out.write('\n');
        }
        return out.toByteArray();
    }

    /** The file that the lines make in the order of their keys. */
    public static byte[] join(Map<String, byte[]> linesByKey) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TreeMap<>(linesByKey).values().forEach(line -> {
            out.writeBytes(line);
            out.write('\n');
        });
        return out.toByteArray();
    }

    /** Splits at line ends; a last line without one counts too. */
    public static List<byte[]> split(byte[] text) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length; i++) {
            if (text[i] == '\n') {
                lines.add(Arrays.copyOfRange(text, start, i));
                start = i + 1;
            }
        }
        if (start < text.length) {
            lines.add(Arrays.copyOfRange(text, start, text.length));
        }
        return lines;
    }
}
