package io.headrace.storage.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a transaction index and of the checks beside it.
 *
 * <p>An entry of {@code .txnindex} is as Kafka has it, and has no checksum:
 *
 * <pre>
 *  2 bytes version = 0    8 producer id    8 first offset    8 offset of the marker    8 last stable offset
 * </pre>
 *
 * <p>For each there is one in {@code .txncheck}, of which Kafka knows nothing:
 *
 * <pre>
 *  8 bytes offset of the marker    4 CRC-32C of the 34 bytes of the entry
 * </pre>
 *
 * <p>The offset is there once more so that of an entry that is not as it was one still knows whether it was due to be.
 */
final class TransactionIndexFormat {
    static final int ENTRY_BYTES = 34;
    static final int CHECK_BYTES = 12;
    private static final short VERSION = 0;
    private static final int MARKER_AT = 18;

    private TransactionIndexFormat() {}

    static void putEntry(ByteBuffer target, AbortedTransaction aborted) {
        target.putShort(VERSION).putLong(aborted.producerId()).putLong(aborted.firstOffset());
        target.putLong(aborted.lastOffset()).putLong(aborted.lastStableOffset());
    }

    /** @param entryAt where in {@code entries} the entry lies that is to be checked */
    static void putCheck(ByteBuffer target, ByteBuffer entries, int entryAt) {
        target.putLong(entries.getLong(entryAt + MARKER_AT)).putInt(crc(entries, entryAt));
    }

    /** The entry at a position; null if it cannot be one. */
    static @Nullable AbortedTransaction entry(ByteBuffer entries, int at) {
        ByteBuffer entry = entries.duplicate().position(at);
        if (entry.getShort() != VERSION) {
            return null;
        }
        AbortedTransaction aborted =
                new AbortedTransaction(entry.getLong(), entry.getLong(), entry.getLong(), entry.getLong());
        boolean sane =
                aborted.producerId() >= 0 && aborted.firstOffset() >= 0 && aborted.firstOffset() < aborted.lastOffset();
        return sane ? aborted : null;
    }

    /** The offset of the marker, as the check at a position has it. */
    static long marker(ByteBuffer checks, int at) {
        return checks.getLong(at);
    }

    /** Whether an entry is what the check was made of. */
    static boolean matches(ByteBuffer entries, int entryAt, ByteBuffer checks, int checkAt) {
        return checks.getLong(checkAt) == entries.getLong(entryAt + MARKER_AT)
                && checks.getInt(checkAt + Long.BYTES) == crc(entries, entryAt);
    }

    private static int crc(ByteBuffer entries, int at) {
        CRC32C crc = new CRC32C();
        crc.update(entries.duplicate().limit(at + ENTRY_BYTES).position(at));
        return (int) crc.getValue();
    }
}
