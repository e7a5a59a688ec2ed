package io.headrace.systemtests.faults;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The kinds of files in a data directory, how to find one of them, and where a flipped bit hurts. */
enum DataFile {
    OLD_SEGMENT_RECORD(".log", 0, Place.RECORD),
    OLD_SEGMENT_LENGTH(".log", 0, Place.LENGTH),
    ACTIVE_SEGMENT_RECORD(".log", -1, Place.RECORD),
    ACTIVE_SEGMENT_LENGTH(".log", -1, Place.LENGTH),
    OLD_SEGMENT_BASE_OFFSET(".log", 0, Place.BASE_OFFSET),
    ACTIVE_SEGMENT_BASE_OFFSET(".log", -1, Place.BASE_OFFSET),
    ACTIVE_SEGMENT_LAST_RECORD(".log", -1, Place.LAST_RECORD),
    OFFSET_INDEX(".index", 0, Place.MIDDLE),
    ACTIVE_OFFSET_INDEX(".index", -1, Place.MIDDLE),
    TIME_INDEX(".timeindex", 0, Place.MIDDLE),
    ACTIVE_TIME_INDEX(".timeindex", -1, Place.MIDDLE),
    TRANSACTION_INDEX(".txnindex", 0, Place.MIDDLE),
    ACTIVE_TRANSACTION_INDEX(".txnindex", -1, Place.MIDDLE),
    TRANSACTION_CHECKS(".txncheck", 0, Place.MIDDLE),
    PRODUCER_SNAPSHOT(".snapshot", -1, Place.MIDDLE),
    LEADER_EPOCHS("leader-epoch-checkpoint", 0, Place.START),
    PARTITION_METADATA("partition.metadata", 0, Place.TOPIC_ID),
    JOURNAL("../journal/journal-", -1, Place.START),
    RECOVERY_POINTS("../recovery-point-offset-checkpoint", 0, Place.DIGIT),
    LOG_STARTS("../log-start-offset-checkpoint", 0, Place.DIGIT),
    HIGH_WATERMARKS("../replication-offset-checkpoint", 0, Place.DIGIT),
    CLEANER_OFFSETS("../cleaner-offset-checkpoint", 0, Place.DIGIT),
    METADATA_LOG("../metadata/log-", 0, Place.FIRST_FRAME),
    METADATA_SNAPSHOT("../metadata/snapshot-", -1, Place.MIDDLE),
    META_PROPERTIES("../meta.properties", 0, Place.MIDDLE);

    /** Where in the file. */
    private enum Place {
        START,
        MIDDLE,
        /** Behind the first sector, which is the header. */
        FIRST_FRAME,
        /** Among the records of the batch in the middle, which its checksum covers. */
        RECORD,
        LAST_RECORD,
        /** The batch's length, which is outside of its checksum. */
        LENGTH,
        /** The batch's base offset, likewise. */
        BASE_OFFSET,
        /** The first digit of the first offset in a checkpoint. */
        DIGIT,
        /** Within the text of the topic id. */
        TOPIC_ID
    }

    private static final int LENGTH_AT = 8;
    private static final int HEADER_BYTES = 12;
    private static final int RECORDS_AT = 61;

    private final String name;
    private final int index;
    private final Place place;

    /**
     * @param name the end of its name, in the partition's directory; with ../ the beginning, in the data directory
     * @param index which of them in the order of their names; from the end if it is negative
     */
    DataFile(String name, int index, Place place) {
        this.name = name;
        this.index = index;
        this.place = place;
    }

    /** The file of this kind. */
    Path find(Path partition) throws IOException {
        Path data = requireNonNull(partition.toAbsolutePath().getParent());
        boolean outside = name.startsWith("../");
        String wanted = outside ? name.substring("../".length()) : name;
        try (Stream<Path> all = Files.walk(outside ? data : partition)) {
            List<Path> found = all.filter(Files::isRegularFile)
                    .filter(path -> outside
                            ? data.relativize(path.toAbsolutePath()).toString().startsWith(wanted)
                            : path.toString().endsWith(wanted))
                    .sorted(Comparator.naturalOrder())
                    .toList();
            if (found.isEmpty()) {
                throw new IOException("no " + name + " for " + partition);
            }
            return found.get(index < 0 ? found.size() + index : index);
        }
    }

    /** Flips one bit of it; what it did, in words. */
    String damage(Path partition) throws IOException {
        Path file = find(partition);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = position(channel);
            ByteBuffer one = ByteBuffer.allocate(1);
            if (channel.read(one, at) != 1) {
                throw new IOException("nothing at " + at + " of " + file);
            }
            one.put(0, (byte) (one.get(0) ^ 4));
            one.rewind();
            channel.write(one, at);
            return "bit 2 of byte " + at + " of " + file + ", which has " + channel.size();
        }
    }

    /** Puts right what {@link #damage} did. */
    void repair(Path partition) throws IOException {
        damage(partition);
    }

    private long position(FileChannel channel) throws IOException {
        long size = channel.size();
        switch (place) {
            case START:
                return 0;
            case MIDDLE:
                return size / 2;
            case TOPIC_ID:
                return size - 10;
            case FIRST_FRAME:
                return 512 + 40;
            case DIGIT:
                return firstOffset(channel);
            default:
                List<Long> batches = batches(channel);
                long middle = batches.get(batches.size() / 2);
                long last = batches.get(batches.size() - 1);
                return switch (place) {
                    case LENGTH -> middle + HEADER_BYTES - 2;
                    case BASE_OFFSET -> middle + LENGTH_AT - 2;
                    case LAST_RECORD -> last + RECORDS_AT + 20;
                    default -> middle + RECORDS_AT + 20;
                };
        }
    }

    /** Behind two lines, and two fields of the third: a topic and a partition. */
    private static long firstOffset(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate((int) channel.size());
        int unused = channel.read(text, 0);
        String found = StandardCharsets.US_ASCII.decode(text.flip()).toString();
        int line = found.indexOf('\n', found.indexOf('\n') + 1) + 1;
        return found.indexOf(' ', found.indexOf(' ', line) + 1) + 1L;
    }

    private static List<Long> batches(FileChannel channel) throws IOException {
        List<Long> positions = new ArrayList<>();
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        long position = 0;
        while (position + HEADER_BYTES < channel.size()) {
            header.clear();
            if (channel.read(header, position) != HEADER_BYTES) {
                break;
            }
            positions.add(position);
            position += HEADER_BYTES + header.getInt(LENGTH_AT);
        }
        return positions;
    }
}
