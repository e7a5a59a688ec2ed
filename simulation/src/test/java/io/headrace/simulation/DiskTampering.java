package io.headrace.simulation;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.DiskLock;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;

/** A disk that passes everything on; variants override what they break. */
class DiskTampering implements Disk {
    private final Disk disk;

    DiskTampering(Disk disk) {
        this.disk = disk;
    }

    /** Syncs a file. */
    void sync(Path path, DiskFile file) throws IOException {
        file.sync();
    }

    /** Writes to a file. */
    long write(Path path, DiskFile file, ByteBuffer[] sources, int from, int count, long position) throws IOException {
        return file.write(sources, from, count, position);
    }

    /** Reads from a file. */
    int read(Path path, DiskFile file, ByteBuffer target, long position) throws IOException {
        return file.read(target, position);
    }

    @Override
    public DiskFile open(Path path, OpenMode mode) throws IOException {
        return new TamperedFile(path, disk.open(path, mode));
    }

    @Override
    public void createDirectory(Path dir) throws IOException {
        disk.createDirectory(dir);
    }

    @Override
    public List<String> list(Path dir) throws IOException {
        return disk.list(dir);
    }

    @Override
    public boolean exists(Path path) {
        return disk.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return disk.isDirectory(path);
    }

    @Override
    public long sizeBytes(Path path) throws IOException {
        return disk.sizeBytes(path);
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return disk.lastModifiedMs(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void syncDirectory(Path dir) throws IOException {
        disk.syncDirectory(dir);
    }

    @Override
    public long totalBytes(Path dir) throws IOException {
        return disk.totalBytes(dir);
    }

    @Override
    public long usableBytes(Path dir) throws IOException {
        return disk.usableBytes(dir);
    }

    @Override
    public DiskLock lock(Path file) throws IOException {
        return disk.lock(file);
    }

    private final class TamperedFile implements DiskFile {
        private final Path path;
        private final DiskFile file;

        TamperedFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public long sizeBytes() throws IOException {
            return file.sizeBytes();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return DiskTampering.this.read(path, file, target, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long unused = DiskTampering.this.write(path, file, new ByteBuffer[] {source}, 0, 1, position);
        }

        @Override
        public long write(ByteBuffer[] sources, int from, int count, long position) throws IOException {
            return DiskTampering.this.write(path, file, sources, from, count, position);
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            file.truncate(sizeBytes);
        }

        @Override
        public void sync() throws IOException {
            DiskTampering.this.sync(path, file);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return file.transferTo(position, count, target);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
