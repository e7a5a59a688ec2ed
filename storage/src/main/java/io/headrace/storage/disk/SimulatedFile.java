package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** An open file of a {@link SimulatedDisk}; all state is the disk's, under the disk's lock. */
final class SimulatedFile implements DiskFile {
    private static final int TRANSFER_BYTES_MAX = 64 * 1024;

    private final SimulatedDisk disk;
    private final Path path;
    private final SimulatedContents contents;
    private final boolean writable;
    private volatile boolean closed;

    SimulatedFile(SimulatedDisk disk, Path path, SimulatedContents contents, boolean writable) {
        this.disk = disk;
        this.path = path;
        this.contents = contents;
        this.writable = writable;
    }

    @Override
    public long sizeBytes() throws IOException {
        checkOpen();
        return disk.sizeBytes(contents);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        checkOpen();
        return disk.read(path, contents, target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        write(new ByteBuffer[] {source}, 0, 1, position);
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count, long position) throws IOException {
        checkWritable();
        int size = 0;
        for (int i = from; i < from + count; i++) {
            size = Math.addExact(size, sources[i].remaining());
        }
        ByteBuffer joined = ByteBuffer.allocate(size);
        for (int i = from; i < from + count; i++) {
            joined.put(sources[i]);
        }
        disk.write(path, contents, joined.array(), position);
        return size;
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        checkWritable();
        disk.truncate(path, contents, sizeBytes);
    }

    @Override
    public void sync() throws IOException {
        checkOpen();
        disk.sync(path, contents);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(count, TRANSFER_BYTES_MAX));
        int read = read(chunk, position);
        return read <= 0 ? 0 : target.write(chunk.flip());
    }

    @Override
    public void close() {
        closed = true;
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    private void checkWritable() throws IOException {
        checkOpen();
        if (!writable) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
