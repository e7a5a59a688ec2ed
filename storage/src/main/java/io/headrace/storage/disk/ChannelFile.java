package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * A file of the operating system.
 *
 * <p>Direct buffers go to the system as they are; heap buffers are copied by the JDK. Interrupting a thread that is inside
 * a call closes the channel for everyone: see {@link DiskFile}.
 */
final class ChannelFile implements DiskFile {
    /** The most buffers one writev takes on Linux (IOV_MAX). */
    private static final int BUFFERS_PER_WRITE_MAX = 1024;

    private final Path path;
    private final FileChannel channel;

    ChannelFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    @Override
    public long sizeBytes() throws IOException {
        return channel.size();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int total = 0;
        try {
            while (target.hasRemaining()) {
                int count = channel.read(target, position + total);
                if (count < 0) {
                    return total == 0 ? -1 : total;
                }
                total += count;
            }
            return total;
        } catch (IOException e) {
            throw DiskErrors.at("read", path, position + total, e);
        }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        long next = position;
        try {
            while (source.hasRemaining()) {
                next += channel.write(source, next);
            }
        } catch (IOException e) {
            throw DiskErrors.at("write", path, next, e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count, long position) throws IOException {
        if (count == 1) {
            int size = sources[from].remaining();
            write(sources[from], position);
            return size;
        }
        long next = position;
        try {
            // There is no positional writev in the JDK, hence the rule against overlapping gathering writes.
            channel.position(position);
            int end = from + count;
            int index = from;
            while (index < end) {
                if (!sources[index].hasRemaining()) {
                    index++;
                    continue;
                }
                next += channel.write(sources, index, Math.min(end - index, BUFFERS_PER_WRITE_MAX));
            }
            return next - position;
        } catch (IOException e) {
            throw DiskErrors.at("write", path, next, e);
        }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        try {
            channel.truncate(sizeBytes);
        } catch (IOException e) {
            throw DiskErrors.at("truncate", path, sizeBytes, e);
        }
    }

    @Override
    public void sync() throws IOException {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw DiskErrors.ofSync(path, e);
        }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return channel.transferTo(position, count, target);
    }

    @Override
    public FileChannel channel() {
        return channel;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
