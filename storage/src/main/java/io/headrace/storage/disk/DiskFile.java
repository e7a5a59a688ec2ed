package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * An open file. Positions and sizes are in bytes from the start of the file.
 *
 * <p>Reads and single-buffer writes may come from many threads at once; a gathering write must not overlap with another
 * gathering write on the same open file. Buffers are consumed: their position moves past what was read or written.
 *
 * <p>An implementation on channels closes the file when a thread inside a call is interrupted, so threads that use files
 * are never interrupted.
 */
public interface DiskFile extends AutoCloseable {
    /** The current length. */
    long sizeBytes() throws IOException;

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @return how many bytes were read; -1 if {@code position} is at or past the end and the buffer has room
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Writes the whole buffer. Writing past the end lengthens the file; a gap reads as zeros.
     *
     * @throws DiskFullException if there is no room; some of it may have been written
     */
    void write(ByteBuffer source, long position) throws IOException;

    /**
     * Writes {@code sources[from .. from + count)} one after the other, as one write where the system can.
     *
     * @return how many bytes were written, which is all of them
     * @throws DiskFullException if there is no room; some of it may have been written
     */
    long write(ByteBuffer[] sources, int from, int count, long position) throws IOException;

    /** Cuts the file to {@code sizeBytes}; does nothing if it is not longer. */
    void truncate(long sizeBytes) throws IOException;

    /**
     * Makes everything written so far durable, with the length, as {@code fdatasync} does.
     *
     * <p>A failure is final. The system may have thrown the unwritten pages away and report success the next time, so the
     * caller must stop trusting the file and never try again.
     */
    void sync() throws IOException;

    /**
     * Sends up to {@code count} bytes from {@code position} to {@code target}, without copying where the system can.
     *
     * <p>An exception may be the target's as well as the file's.
     *
     * @return how many bytes were sent; fewer than {@code count} when the target takes no more or the file ends
     */
    long transferTo(long position, long count, WritableByteChannel target) throws IOException;

    /**
     * The channel behind this file, for a network layer that hands the file's descriptor to the system; null if there is no
     * such thing. To be read from only, and never closed by the caller.
     */
    default @Nullable FileChannel channel() {
        return null;
    }

    @Override
    void close() throws IOException;
}
