package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The operating system's files. */
public final class RealDisk implements Disk {
    @Override
    public DiskFile open(Path path, OpenMode mode) throws IOException {
        try {
            return new ChannelFile(path, openChannel(path, mode));
        } catch (IOException e) {
            throw DiskErrors.named("open", path, e);
        }
    }

    @Override
    public DiskFile openForOverwrites(Path path) throws IOException {
        DiskFile file = open(path, OpenMode.READ_WRITE);
        @Nullable FileChannel direct = DirectFile.openDirect(path);
        return direct == null ? file : new DirectFile(path, file, direct);
    }

    private static FileChannel openChannel(Path path, OpenMode mode) throws IOException {
        return switch (mode) {
            case READ -> FileChannel.open(path, StandardOpenOption.READ);
            case READ_WRITE -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            case CREATE ->
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            case CREATE_NEW ->
                FileChannel.open(
                        path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        };
    }

    @Override
    public void createDirectory(Path dir) throws IOException {
        try {
            Files.createDirectory(dir);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(dir)) {
                throw e;
            }
        } catch (IOException e) {
            throw DiskErrors.named("create directory", dir, e);
        }
    }

    @Override
    public List<String> list(Path dir) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw DiskErrors.named("list", dir, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw DiskErrors.named("list", dir, e);
        }
        names.sort(null);
        return names;
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public long sizeBytes(Path path) throws IOException {
        return Files.size(path);
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return Files.getLastModifiedTime(path).toMillis();
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw DiskErrors.named("rename to " + to + " of", from, e);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw DiskErrors.named("delete", path, e);
        }
    }

    @Override
    public void syncDirectory(Path dir) throws IOException {
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw DiskErrors.ofSync(dir, e);
        }
    }

    @Override
    public long totalBytes(Path dir) throws IOException {
        return Files.getFileStore(dir).getTotalSpace();
    }

    @Override
    public long usableBytes(Path dir) throws IOException {
        return Files.getFileStore(dir).getUsableSpace();
    }

    @Override
    public DiskLock lock(Path file) throws IOException {
        FileChannel channel;
        try {
            channel = openChannel(file, OpenMode.CREATE);
        } catch (IOException e) {
            throw DiskErrors.named("open", file, e);
        }
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process: the caller sees the same as for any other holder.
            lock = null;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new LockHeldException(file);
        }
        return channel::close; // closing the channel releases the lock
    }
}
