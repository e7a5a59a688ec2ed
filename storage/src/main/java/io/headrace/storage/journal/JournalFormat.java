package io.headrace.storage.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The layout of a group, big endian.
 *
 * <pre>
 *  0  int   magic and version
 *  4  int   CRC-32C of everything that follows, up to the last payload byte
 *  8  long  journal id, random, the same in all groups of a journal
 * 16  long  sequence, one more than in the group before
 * 24  long  tail: groups with a lower sequence were not needed any more when this one was written
 * 32  int   body size in bytes
 * 36  int   entry count
 * 40  body: the entry headers, then the payloads in the same order
 *     zeros up to a multiple of 4096
 *
 * Entry header:
 *  0  long  topic id, upper half
 *  8  long  topic id, lower half
 * 16  long  offset
 * 24  int   partition
 * 28  int   payload size in bytes
 * 32  byte  type
 * </pre>
 *
 * <p>Groups start on page boundaries and fill whole pages, so the system never has to read a page in order to change a part
 * of it, and a torn write never touches the group before. The id, which no client can know, keeps bytes that a client sent
 * from passing for a group.
 */
final class JournalFormat {
    static final int PAGE_BYTES = 4096;

    static final int MAGIC = 0x48524a01; // "HRJ", version 1
    static final int MAGIC_AT = 0;
    static final int CRC_AT = 4;
    static final int ID_AT = 8;
    static final int SEQUENCE_AT = 16;
    static final int TAIL_AT = 24;
    static final int BODY_BYTES_AT = 32;
    static final int ENTRY_COUNT_AT = 36;
    static final int HEADER_BYTES = 40;

    static final int ENTRY_HEADER_BYTES = 33;

    private JournalFormat() {}

    /** Rounds up to whole pages. */
    static long wholePages(long bytes) {
        return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }

    /** Adds what remains of {@code bytes} to {@code crc}, leaving the buffer's position alone. */
    static void update(CRC32C crc, ByteBuffer bytes) {
        int position = bytes.position();
        crc.update(bytes);
        bytes.position(position);
    }
}
