package io.headrace.storage.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The layout of a group, big endian.
 *
 * <pre>
 *  0  int   magic and version
 *  4  int   CRC-32C of what follows, up to the end of the headers
 *  8  long  journal id, random, the same in all groups of a journal
 * 16  long  sequence, one more than in the group before
 * 24  long  tail: groups with a lower sequence were not needed any more when this one was written
 * 32  int   size of the headers in bytes, this one and those of the entries
 * 36  int   size of all bodies in bytes
 * 40  int   entry count
 * 44  the entry headers, then the bodies in the same order
 *     zeros up to a multiple of 4096
 *
 * Entry header:
 *  0  long  topic id, upper half
 *  8  long  topic id, lower half
 * 16  long  offset
 * 24  int   partition
 * 28  int   head size in bytes
 * 32  int   body size in bytes
 * 36  int   CRC-32C of the body
 * 40  byte  type
 * 41  the head: the first bytes of the payload, of which the body is the rest
 * </pre>
 *
 * <p>Groups start on page boundaries and fill whole pages, so the system never has to read a page in order to change a part
 * of it, and a torn write never touches the group before. The id, which no client can know, keeps bytes that a client sent
 * from passing for a group. The headers have their own checksum, so that who needs no more of a payload than its head does not have to
 * read the rest.
 */
final class JournalFormat {
    static final int PAGE_BYTES = 4096;

    static final int MAGIC = 0x48524a02; // "HRJ", version 2
    /** Of groups under one checksum. */
    static final int MAGIC_BEFORE = 0x48524a01;

    static final int MAGIC_AT = 0;
    static final int CRC_AT = 4;
    static final int ID_AT = 8;
    static final int SEQUENCE_AT = 16;
    static final int TAIL_AT = 24;
    static final int HEADERS_BYTES_AT = 32;
    static final int BODY_BYTES_AT = 36;
    static final int ENTRY_COUNT_AT = 40;
    static final int HEADER_BYTES = 44;

    static final int ENTRY_HEADER_BYTES = 41;

    private JournalFormat() {}

    /** Rounds up to whole pages. */
    static long wholePages(long bytes) {
        return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }

    /** The checksum of a group's headers, which are all there is in {@code headers}. */
    static int headersCrc(CRC32C crc, ByteBuffer headers) {
        crc.reset();
        crc.update(headers.slice(ID_AT, headers.limit() - ID_AT));
        return (int) crc.getValue();
    }

    /** Adds what remains of {@code bytes} to {@code crc}, leaving the buffer's position alone. */
    static void update(CRC32C crc, ByteBuffer bytes) {
        int position = bytes.position();
        crc.update(bytes);
        bytes.position(position);
    }
}
