package io.headrace.core.partition;

import io.headrace.core.partition.ProducerEntry.Batch;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Producer states as bytes, in the format of Kafka's {@code .snapshot} files.
 *
 * <pre>
 *  size  field
 *     2  version = 1
 *     4  CRC-32C of everything after it
 *     4  number of producers; for each:
 *     8    producer id
 *     2    epoch
 *     4    last sequence, -1 for none, as in what a coordinator writes for a producer
 *     8    last offset, -1 if there is no batch
 *     4    offset delta: last offset minus first offset of the last batch
 *     8    timestamp of the last batch
 *     4    coordinator epoch
 *     8    first offset of the open transaction, -1 for none
 *        then what Kafka does not have and does not read:
 *     4  0x4F4C4453
 *        for each producer, in the same order:
 *     8    when it last wrote, by the broker's clock
 *     4    number of batches before the last one; for each, oldest first:
 *     4      last sequence
 *     8      last offset
 *     4      offset delta
 *     8      timestamp
 * </pre>
 *
 * <p>Kafka stores the last batch only and so takes a batch sent again for one out of order after a restart if it was not
 * the last; and it forgets a producer by the timestamps of its records, which may be old when they are sent. The second
 * part, which its reader skips, keeps all batches and the time.
 */
public final class ProducerSnapshotFormat {
    private static final short VERSION = 1;
    private static final int CRC_POSITION = 2;
    private static final int ENTRIES_POSITION = 6;
    private static final int ENTRY_SIZE_BYTES = 46;
    private static final int OLDER_BATCH_SIZE_BYTES = 24;
    private static final int SECOND_PART_MAGIC = 0x4F4C4453;

    private ProducerSnapshotFormat() {}

    /** The states as they are now, ready to be written. */
    public static ByteBuffer encode(ProducerStates states) {
        Map<Long, ProducerEntry> producers = states.producers();
        int older = 0;
        for (ProducerEntry entry : producers.values()) {
            older += Math.max(0, entry.batches().size() - 1);
        }
        int size = ENTRIES_POSITION + 4 + producers.size() * ENTRY_SIZE_BYTES;
        size += 4 + producers.size() * (8 + 4) + older * OLDER_BATCH_SIZE_BYTES;
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putShort(VERSION).putInt(0).putInt(producers.size());
        producers.forEach((producerId, entry) -> encodeEntry(out, producerId, entry));
        out.putInt(SECOND_PART_MAGIC);
        producers.values().forEach(entry -> encodeSecondPart(out, entry));
        out.flip();
        out.putInt(CRC_POSITION, crc(out));
        return out;
    }

    private static void encodeEntry(ByteBuffer out, long producerId, ProducerEntry entry) {
        out.putLong(producerId).putShort(entry.epoch());
        int count = entry.batches().size();
        if (count == 0) {
            // The time stands in the batch's place, as in Kafka the producer's expiry depends on it.
            out.putInt(ProducerEntry.NO_SEQUENCE).putLong(-1).putInt(0).putLong(entry.lastTimestampMs());
        } else {
            encodeBatch(out, entry.batches().get(count - 1));
        }
        out.putInt(entry.coordinatorEpoch()).putLong(entry.transactionFirstOffset());
    }

    private static void encodeBatch(ByteBuffer out, Batch batch) {
        int offsetDelta = (int) (batch.lastOffset() - batch.firstOffset());
        out.putInt(batch.lastSequence()).putLong(batch.lastOffset()).putInt(offsetDelta);
        out.putLong(batch.timestampMs());
    }

    private static void encodeSecondPart(ByteBuffer out, ProducerEntry entry) {
        int older = Math.max(0, entry.batches().size() - 1);
        out.putLong(entry.lastTimestampMs()).putInt(older);
        for (int i = 0; i < older; i++) {
            encodeBatch(out, entry.batches().get(i));
        }
    }

    private static int crc(ByteBuffer snapshot) {
        CRC32C crc = new CRC32C();
        crc.update(snapshot.duplicate().position(ENTRIES_POSITION));
        return (int) crc.getValue();
    }

    /**
     * Replaces {@code states} by what a snapshot holds, leaving out the producers that have expired. On an exception
     * {@code states} is empty.
     *
     * @param snapshot a whole snapshot, from position to limit
     */
    public static void decode(ByteBuffer snapshot, ProducerStates states, long nowMs) throws CorruptSnapshotException {
        states.clear();
        try {
            decodeEntries(snapshot.slice(), states, nowMs);
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            states.clear();
            throw new CorruptSnapshotException("Producer snapshot ends in the middle of an entry");
        }
    }

    private static void decodeEntries(ByteBuffer in, ProducerStates states, long nowMs)
            throws CorruptSnapshotException {
        short version = in.getShort();
        if (version != VERSION) {
            throw new CorruptSnapshotException("Producer snapshot has version " + version + ", expected " + VERSION);
        }
        int stored = in.getInt();
        int computed = crc(in);
        if (stored != computed) {
            throw new CorruptSnapshotException("Producer snapshot has checksum " + Integer.toHexString(stored)
                    + " but its contents " + Integer.toHexString(computed));
        }
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / ENTRY_SIZE_BYTES) {
            throw new CorruptSnapshotException("Producer snapshot claims " + count + " producers");
        }
        ByteBuffer secondPart = secondPart(in, count);
        for (int i = 0; i < count; i++) {
            decodeEntry(in, secondPart, states, nowMs);
        }
    }

    /** The second part of the snapshot, or an empty buffer if Kafka wrote it. */
    private static ByteBuffer secondPart(ByteBuffer in, int count) {
        ByteBuffer rest = in.duplicate().position(in.position() + count * ENTRY_SIZE_BYTES);
        if (rest.remaining() >= 4 && rest.getInt() == SECOND_PART_MAGIC) {
            return rest;
        }
        return ByteBuffer.allocate(0);
    }

    private static void decodeEntry(ByteBuffer in, ByteBuffer secondPart, ProducerStates states, long nowMs) {
        long producerId = in.getLong();
        short epoch = in.getShort();
        int lastSequence = in.getInt();
        long lastOffset = in.getLong();
        int offsetDelta = in.getInt();
        long timestampMs = in.getLong();
        int coordinatorEpoch = in.getInt();
        long transactionFirstOffset = in.getLong();
        long lastTimestampMs = secondPart.hasRemaining() ? secondPart.getLong() : timestampMs;
        int olderCount = secondPart.hasRemaining() ? secondPart.getInt() : 0;
        List<Batch> batches = new ArrayList<>(olderCount + 1);
        for (int i = 0; i < olderCount; i++) {
            batches.add(batch(secondPart.getInt(), secondPart.getLong(), secondPart.getInt(), secondPart.getLong()));
        }
        if (lastOffset >= 0) {
            batches.add(batch(lastSequence, lastOffset, offsetDelta, timestampMs));
        }
        ProducerEntry entry =
                new ProducerEntry(epoch, batches, lastTimestampMs, coordinatorEpoch, transactionFirstOffset);
        if (!states.isExpired(entry, nowMs)) {
            states.restore(producerId, entry);
        }
    }

    private static Batch batch(int lastSequence, long lastOffset, int offsetDelta, long timestampMs) {
        int firstSequence = lastSequence == ProducerEntry.NO_SEQUENCE
                ? ProducerEntry.NO_SEQUENCE
                : (int) (((long) lastSequence - offsetDelta) & Integer.MAX_VALUE);
        return new Batch(firstSequence, lastSequence, lastOffset - offsetDelta, lastOffset, timestampMs);
    }
}
