package io.headrace.storage.metadata;

import io.headrace.core.metadata.MetadataCodec;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The commands that one write puts into the log. Frames begin at whole sectors, so that a write torn by a power cut
 * cannot reach into an earlier one.
 *
 * <pre>
 *  0  magic          int     "HRMF"
 *  4  checksum       int     CRC-32C of the file's salt and of everything that follows
 *  8  payload size   int
 * 12  commands       int     how many
 * 16  index          long    of the image before the first of them
 * 24  payload
 * </pre>
 *
 * <p>The salt keeps bytes that a client put into a command from ever passing for a frame.
 *
 * @param index the index of the image before the first command
 * @param commandCount how many commands there are
 * @param payload the commands
 */
record MetadataFrame(long index, int commandCount, ByteBuffer payload) {
    static final int ALIGNMENT = 512;
    static final int HEADER_SIZE_BYTES = 24;
    static final int MAGIC = 0x48524D46;
    static final int PAYLOAD_BYTES_MAX = 64 << 20;
    private static final int CHECKSUM_AT = 4;
    private static final int CHECKED_FROM = 8;

    static MetadataFrame of(long index, List<MetadataCommand> commands) {
        WireWriter out = new WireWriter();
        commands.forEach(command -> MetadataCodec.write(out, command));
        return new MetadataFrame(index, commands.size(), ByteBuffer.wrap(out.toByteArray()));
    }

    /** The bytes it takes in the file: whole sectors. */
    int sizeOnDisk() {
        int size = HEADER_SIZE_BYTES + payload.remaining();
        return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** The bytes for the file, up to the end of the last sector. */
    ByteBuffer encode(long salt) {
        ByteBuffer bytes = ByteBuffer.allocate(sizeOnDisk());
        int payloadSize = payload.remaining();
        bytes.putInt(MAGIC)
                .putInt(0)
                .putInt(payloadSize)
                .putInt(commandCount)
                .putLong(index)
                .put(payload.duplicate());
        bytes.putInt(CHECKSUM_AT, checksum(salt, bytes, 0, payloadSize));
        return bytes.rewind();
    }

    /** The frame at a position of the file's bytes; null when there is none that is whole. */
    static @Nullable MetadataFrame decode(ByteBuffer file, int position, long salt) {
        if (file.limit() - position < HEADER_SIZE_BYTES || file.getInt(position) != MAGIC) {
            return null;
        }
        int payloadSize = file.getInt(position + CHECKED_FROM);
        if (payloadSize < 0
                || payloadSize > PAYLOAD_BYTES_MAX
                || payloadSize > file.limit() - position - HEADER_SIZE_BYTES
                || file.getInt(position + CHECKSUM_AT) != checksum(salt, file, position, payloadSize)) {
            return null;
        }
        return new MetadataFrame(
                file.getLong(position + 16),
                file.getInt(position + 12),
                file.slice(position + HEADER_SIZE_BYTES, payloadSize));
    }

    private static int checksum(long salt, ByteBuffer bytes, int position, int payloadSize) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(salt).flip());
        crc.update(bytes.slice(position + CHECKED_FROM, HEADER_SIZE_BYTES - CHECKED_FROM + payloadSize));
        return (int) crc.getValue();
    }

    /**
     * The commands.
     *
     * @throws MetadataCodec.NewerVersionException when a newer version wrote them
     * @throws io.headrace.protocol.wire.MalformedMessageException when they are not what the header says
     */
    List<MetadataCommand> commands() {
        WireReader in = new WireReader(payload);
        List<MetadataCommand> commands = new ArrayList<>();
        for (int index = 0; index < commandCount; index++) {
            commands.add(MetadataCodec.read(in));
        }
        return commands;
    }
}
