package io.headrace.simulation;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordHeader;
import io.headrace.simulation.broker.Tampering;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brokers whose compaction does more than it should. */
final class BrokenCleaners {
    private static final int MARKER_TYPE_POSITION = 2;
    private static final short NO_MARKER = 77;

    private BrokenCleaners() {}

    /** Tombstones go as soon as they have been seen once. */
    static Tampering tombstonesGoAtOnce() {
        return new Tampering() {
            @Override
            public @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
                if (request instanceof CreateTopicsRequest create) {
                    create.topics().forEach(topic -> topic.configs().forEach(config -> {
                        if (config.name().equals("delete.retention.ms")) {
                            config.setValue("0");
                        }
                    }));
                }
                return request;
            }
        };
    }

    private interface Edit {
        /** What becomes of a record in a compacted segment; null if it stays as it is. */
        @Nullable
        Record of(Path path, boolean isControl, Record record);
    }

    /** Compaction writes some records otherwise than they were. */
    private static Tampering writing(Edit edit) {
        return new Tampering() {
            @Override
            public Disk disk(Disk real) {
                return new DiskTampering(real) {
                    @Override
                    long write(Path path, DiskFile file, ByteBuffer[] sources, int from, int count, long position)
                            throws IOException {
                        if (path.toString().endsWith(".log.cleaned")) {
                            for (int i = from; i < from + count; i++) {
                                BatchEditing.edit(sources[i], (isControl, record) -> edit.of(path, isControl, record));
                            }
                        }
                        return file.write(sources, from, count, position);
                    }
                };
            }
        };
    }

    /** Markers of transactions go, though records of the transactions are there. */
    static Tampering markersGoAtOnce() {
        return writing((path, isControl, record) -> {
            ByteBuffer key = record.key();
            if (!isControl || key == null) {
                return null;
            }
            ByteBuffer other = ByteBuffer.allocate(key.remaining()).put(key.duplicate());
            other.putShort(MARKER_TYPE_POSITION, NO_MARKER).flip();
            return new Record(record.offset(), record.timestamp(), other, record.value(), record.headers());
        });
    }

    /** A key keeps an older value. */
    static Tampering olderValuesAreKept() {
        Map<String, Long> older = new HashMap<>();
        return writing((path, isControl, record) -> {
            ByteBuffer key = record.key();
            ByteBuffer value = record.value();
            if (isControl || key == null || value == null || !path.toString().contains("/keyed-")) {
                return null;
            }
            long number = value.getLong(value.position());
            Long before = older.putIfAbsent(path.getParent() + "/" + key.getInt(key.position()), number);
            if (before == null || before == number) {
                return null;
            }
            ByteBuffer other = ByteBuffer.allocate(value.remaining()).put(value.duplicate());
            other.putLong(0, before).flip();
            byte[] id = ByteBuffer.allocate(Long.BYTES).putLong(before).array();
            return new Record(record.offset(), record.timestamp(), key, other, List.of(RecordHeader.of("id", id)));
        });
    }
}
