package io.headrace.protocol.records;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Makes batches that no builder would make. */
final class RawBatch {
    private RawBatch() {}

    /** A batch with a valid header and checksum around any bytes that claim to be records. */
    static ByteBuffer of(Compression codec, int recordCount, byte[] plainRecords) {
        byte[] bytes =
                RecordBatchBuilder.compressedBatch(codec, codec.levelDefault(), plainRecords, 0, plainRecords.length);
        return withHeader(codec.id(), recordCount, bytes);
    }

    /** The same around bytes that are compressed already, or claim to be. */
    static ByteBuffer ofCompressed(Compression codec, int recordCount, byte[] compressedRecords) {
        byte[] bytes = new byte[RecordBatch.HEADER_SIZE_BYTES + compressedRecords.length];
        System.arraycopy(compressedRecords, 0, bytes, RecordBatch.HEADER_SIZE_BYTES, compressedRecords.length);
        return withHeader(codec.id(), recordCount, bytes);
    }

    private static ByteBuffer withHeader(int codecId, int recordCount, byte[] bytes) {
        ByteBuffer batch = ByteBuffer.wrap(bytes);
        ByteBuffer header = new RecordBatchBuilder().append(1_000, null, null).build();
        batch.put(0, header, 0, RecordBatch.HEADER_SIZE_BYTES);
        batch.putShort(RecordBatch.ATTRIBUTES_POSITION, (short) codecId);
        batch.putInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, recordCount - 1);
        batch.putInt(RecordBatch.RECORD_COUNT_POSITION, recordCount);
        return RecordBatchBuilder.seal(batch);
    }

    /** Makes the checksum right again after a change. */
    static ByteBuffer fixCrc(ByteBuffer batch) {
        batch.putInt(RecordBatch.CRC_POSITION, (int) RecordBatch.of(batch).computeCrc());
        return batch;
    }

    /** Encoded records without key and headers, one for each offset delta. */
    static byte[] records(int... offsetDeltas) {
        RecordEncoder encoder = new RecordEncoder();
        for (int offsetDelta : offsetDeltas) {
            encoder.append(0, offsetDelta, null, ByteBuffer.wrap(new byte[] {1, 2, 3}), List.of());
        }
        return Arrays.copyOf(encoder.bytes(), encoder.size());
    }

    /** A record from the bytes of its body, with the size in front. */
    static byte[] record(int... body) {
        return sized(body.length, body);
    }

    /** A record that claims another size than it has. */
    static byte[] sized(int claimedSize, int... body) {
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes(varint(claimedSize));
        for (int b : body) {
            record.write(b);
        }
        return record.toByteArray();
    }

    static byte[] varint(int value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int rest = (value << 1) ^ (value >> 31);
        while ((rest & ~0x7f) != 0) {
            bytes.write(rest | 0x80);
            rest >>>= 7;
        }
        bytes.write(rest);
        return bytes.toByteArray();
    }
}
