package io.headrace.network.server;

import io.headrace.protocol.wire.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a file that is sent without passing through the heap.
 *
 * <p>The bytes must stay in place until {@link #release()}, which is called exactly once, when the last byte has gone to
 * the socket or when the connection ended before. Slices of a few KiB are better read into memory beforehand and sent as
 * a {@link io.headrace.protocol.wire.BufferPayload}: a system call each costs more than the copy.
 */
public interface FilePayload extends Payload {
    /**
     * The operating system's file, sent with {@code sendfile} where there is one; null if there is none, in which case
     * {@link #transferTo} is used. The network never closes it.
     */
    @Nullable
    FileChannel channel();

    /** Where in the file the slice starts, in bytes. */
    long position();

    /**
     * Sends part of the slice.
     *
     * @param offset bytes from the start of the slice
     * @param countMax the most bytes to send
     * @return bytes sent, 0 when the target takes no more for now
     */
    long transferTo(WritableByteChannel target, long offset, long countMax) throws IOException;

    /**
     * Reads part of the slice, for connections that encrypt.
     *
     * @param offset bytes from the start of the slice
     * @return bytes read, -1 when the file ends before the slice does
     */
    int read(ByteBuffer target, long offset) throws IOException;

    /** Called once, when the bytes are no longer needed. Any thread. */
    void release();
}
