package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file whose whole pages are written past the page cache ({@code O_DIRECT}): a sync then has no pages to look for and write
 * back, only the disk's own cache to flush. Everything else goes through the page cache, which the system keeps in step.
 *
 * <p>One thread at a time may write.
 */
final class DirectFile implements DiskFile {
    static final int PAGE_BYTES = 4096;

    private static final @Nullable OpenOption DIRECT = findDirect();

    /** What one system call writes: the system wants the bytes at an address that is a multiple of a page. */
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path path;
    private final DiskFile buffered;
    private final FileChannel direct;
    private @Nullable ByteBuffer chunk;

    /** Both are closed with this file. */
    DirectFile(Path path, DiskFile buffered, FileChannel direct) {
        this.path = path;
        this.buffered = buffered;
        this.direct = direct;
    }

    /** Looked up by its name: it is in a module of the JDK that compilers warn of and that another run time may lack. */
    private static @Nullable OpenOption findDirect() {
        try {
            Object[] options =
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            for (Object option : options == null ? new Object[0] : options) {
                if (option instanceof OpenOption direct && option.toString().equals("DIRECT")) {
                    return direct;
                }
            }
        } catch (ClassNotFoundException e) {
            return null;
        }
        return null;
    }

    /** A channel that writes past the page cache; null if the system or the file system has no such thing. */
    static @Nullable FileChannel openDirect(Path path) {
        try {
            long blockBytes = Files.getFileStore(path).getBlockSize();
            return DIRECT != null && blockBytes > 0 && PAGE_BYTES % blockBytes == 0
                    ? FileChannel.open(path, StandardOpenOption.WRITE, DIRECT)
                    : null;
        } catch (IOException | UnsupportedOperationException e) {
            // The page cache serves as well, only slower.
            return null;
        }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        write(new ByteBuffer[] {source}, 0, 1, position);
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count, long position) throws IOException {
        long total = 0;
        for (int i = from; i < from + count; i++) {
            total += sources[i].remaining();
        }
        if ((position | total) % PAGE_BYTES != 0) {
            return buffered.write(sources, from, count, position);
        }
        ByteBuffer pages = chunk(total);
        long next = position;
        for (int i = from; i < from + count; i++) {
            while (sources[i].hasRemaining()) {
                int size = Math.min(sources[i].remaining(), pages.remaining());
                pages.put(pages.position(), sources[i], sources[i].position(), size);
                pages.position(pages.position() + size);
                sources[i].position(sources[i].position() + size);
                if (!pages.hasRemaining()) {
                    next += writePages(pages, next);
                }
            }
        }
        next += writePages(pages, next);
        return next - position;
    }

    /** An empty chunk, grown to what is needed. */
    private ByteBuffer chunk(long neededBytes) {
        int size = (int) Math.min(neededBytes, CHUNK_BYTES);
        ByteBuffer current = chunk;
        if (current == null || current.capacity() < size) {
            int rounded = Math.max(Integer.highestOneBit(size - 1) << 1, PAGE_BYTES);
            current = ByteBuffer.allocateDirect(rounded + PAGE_BYTES)
                    .alignedSlice(PAGE_BYTES)
                    .slice(0, rounded);
            chunk = current;
        }
        return current.clear();
    }

    private long writePages(ByteBuffer pages, long position) throws IOException {
        pages.flip();
        long next = position;
        try {
            while (pages.hasRemaining()) {
                next += direct.write(pages, next);
            }
        } catch (IOException e) {
            throw DiskErrors.at("write", path, next, e);
        }
        pages.clear();
        return next - position;
    }

    @Override
    public void sync() throws IOException {
        buffered.sync();
    }

    @Override
    public long sizeBytes() throws IOException {
        return buffered.sizeBytes();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return buffered.read(target, position);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        buffered.truncate(sizeBytes);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return buffered.transferTo(position, count, target);
    }

    @Override
    public @Nullable FileChannel channel() {
        return buffered.channel();
    }

    @Override
    public void close() throws IOException {
        try (direct) {
            buffered.close();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
