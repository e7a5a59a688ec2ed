package io.headrace.storage.checkpoint;

import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A file with one offset for each partition directory, in Kafka's text format.
 *
 * <pre>
 * 0                        version
 * 3                        number of lines that follow
 * orders 0 4711            topic, partition, offset
 * orders 1 9
 * #crc32c 0 3405691582     CRC-32C of everything above
 * </pre>
 *
 * <p>The format has no room for a checksum, so that is in a line of a topic that cannot be: Kafka passes over topics that it
 * does not know. A file without that line is Kafka's, or of an earlier version, and is believed as it is.
 *
 * <p>Replaced as a whole, so a reader finds the old or the new contents. Keys are directory names, {@code orders-0}.
 */
public final class OffsetCheckpoint {
    private static final String VERSION = "0";
    /** No topic can have such a name. */
    private static final String CHECKSUM = "#crc32c";

    private final Disk disk;
    private final Path path;

    public OffsetCheckpoint(Disk disk, Path path) {
        this.disk = disk;
        this.path = path;
    }

    /**
     * Reads the file; a missing file has no offsets.
     *
     * @throws CorruptCheckpointException if the file is not in the format above, or not what was written
     */
    public Map<String, Long> read() throws IOException {
        if (!disk.exists(path)) {
            return new TreeMap<>();
        }
        String text = text();
        String[] lines = text.stripTrailing().split("\n", -1);
        if (lines.length < 2 || !lines[0].equals(VERSION)) {
            throw new CorruptCheckpointException(path, "it has no version line or one other than " + VERSION);
        }
        long count = number(lines[1]);
        if (count != lines.length - 2) {
            throw new CorruptCheckpointException(
                    path, "it announces " + count + " lines but has " + (lines.length - 2));
        }
        Map<String, Long> offsets = new TreeMap<>();
        for (int i = 2; i < lines.length; i++) {
            String[] fields = lines[i].split(" ", -1);
            if (fields.length != 3) {
                throw new CorruptCheckpointException(path, "line " + (i + 1) + " has not three fields");
            }
            if (i == lines.length - 1 && fields[0].startsWith("#")) {
                check(text, lines[i]);
            } else {
                offsets.put(fields[0] + "-" + number(fields[1]), number(fields[2]));
            }
        }
        return offsets;
    }

    private void check(String text, String line) throws CorruptCheckpointException {
        if (!line.equals(checksumLine(text.substring(0, text.lastIndexOf(line))))) {
            throw new CorruptCheckpointException(path, "its checksum is wrong");
        }
    }

    private static String checksumLine(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return CHECKSUM + " 0 " + crc.getValue();
    }

    /** Replaces the file by these offsets, durably. */
    public void write(Map<String, Long> offsetsByDirectory) throws IOException {
        StringBuilder text = new StringBuilder(64 + offsetsByDirectory.size() * 24);
        text.append(VERSION).append('\n').append(offsetsByDirectory.size() + 1).append('\n');
        offsetsByDirectory.forEach((directory, offset) -> {
            int dash = directory.lastIndexOf('-');
            text.append(directory, 0, dash)
                    .append(' ')
                    .append(directory, dash + 1, directory.length())
                    .append(' ')
                    .append((long) offset)
                    .append('\n');
        });
        text.append(checksumLine(text.toString())).append('\n');
        AtomicFile.replace(disk, path, ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private String text() throws IOException {
        try (DiskFile file = disk.open(path, OpenMode.READ)) {
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.sizeBytes()));
            file.read(content, 0);
            return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
        }
    }

    private long number(String text) throws CorruptCheckpointException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new CorruptCheckpointException(path, "\"" + text + "\" is not a number");
        }
    }
}
