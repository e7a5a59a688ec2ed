package io.headrace.simulation.broker;

import io.headrace.simulation.world.Trace;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.DiskLock;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.PowerCutException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Passes everything on to another disk and remembers whether the power went: from then on nobody hears of this broker. Whatever
 * changes something is part of the trace.
 */
final class WatchedDisk implements Disk {
    private final Disk disk;
    private final Trace trace;
    private boolean powerless;
    private boolean cutOff;

    WatchedDisk(Disk disk, Trace trace) {
        this.disk = disk;
        this.trace = trace;
    }

    /** The process is gone: whatever of it still runs does nothing to the disk. */
    void cutOff() {
        cutOff = true;
    }

    private void checkAlive() throws IOException {
        if (cutOff) {
            throw new IOException("The process has ended");
        }
    }

    boolean isPowerless() {
        return powerless;
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private interface Action {
        void run() throws IOException;
    }

    private <T> T watch(Call<T> call) throws IOException {
        checkAlive();
        try {
            return call.run();
        } catch (PowerCutException e) {
            powerless = true;
            throw e;
        }
    }

    private void act(Action action) throws IOException {
        checkAlive();
        try {
            action.run();
        } catch (PowerCutException e) {
            powerless = true;
            throw e;
        }
    }

    @Override
    public DiskFile open(Path path, OpenMode mode) throws IOException {
        if (mode.writable()) {
            trace.disk("open", path, 0);
        }
        return new WatchedFile(path, watch(() -> disk.open(path, mode)));
    }

    @Override
    public void createDirectory(Path dir) throws IOException {
        trace.disk("createDirectory", dir, 0);
        act(() -> disk.createDirectory(dir));
    }

    @Override
    public List<String> list(Path dir) throws IOException {
        return watch(() -> disk.list(dir));
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
        return watch(() -> disk.sizeBytes(path));
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return watch(() -> disk.lastModifiedMs(path));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        trace.disk("rename", from, 0);
        trace.disk("to", to, 0);
        act(() -> disk.rename(from, to));
    }

    @Override
    public void delete(Path path) throws IOException {
        trace.disk("delete", path, 0);
        act(() -> disk.delete(path));
    }

    @Override
    public void syncDirectory(Path dir) throws IOException {
        trace.disk("syncDirectory", dir, 0);
        act(() -> disk.syncDirectory(dir));
    }

    @Override
    public long totalBytes(Path dir) throws IOException {
        return watch(() -> disk.totalBytes(dir));
    }

    @Override
    public long usableBytes(Path dir) throws IOException {
        return watch(() -> disk.usableBytes(dir));
    }

    @Override
    public DiskLock lock(Path file) throws IOException {
        return watch(() -> disk.lock(file));
    }

    private final class WatchedFile implements DiskFile {
        private final Path path;
        private final DiskFile file;

        WatchedFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public long sizeBytes() throws IOException {
            return watch(file::sizeBytes);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return watch(() -> file.read(target, position));
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            trace.disk("write", path, position, source);
            act(() -> file.write(source, position));
        }

        @Override
        public long write(ByteBuffer[] sources, int from, int count, long position) throws IOException {
            trace.disk("write", path, position, Arrays.copyOfRange(sources, from, from + count));
            return watch(() -> file.write(sources, from, count, position));
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            trace.disk("truncate", path, sizeBytes);
            act(() -> file.truncate(sizeBytes));
        }

        @Override
        public void sync() throws IOException {
            trace.disk("sync", path, 0);
            act(file::sync);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return watch(() -> file.transferTo(position, count, target));
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
