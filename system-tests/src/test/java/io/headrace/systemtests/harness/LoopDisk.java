package io.headrace.systemtests.harness;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An ext4 file system of its own, in a file, mounted by a loop device: one that can lose power, or fill up.
 *
 * <p>Needs root. Where mounting is not permitted the calling test is skipped or fails, as {@link Installed} says. {@link #close} unmounts,
 * which also gives the loop device back; so does the end of this JVM.
 */
public final class LoopDisk implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final long LIMIT_MS = 60_000;

    /** FS_IOC_SHUTDOWN with NOLOGFLUSH: what has not reached the device by now never does. */
    private static final String SHUTDOWN = "use Fcntl; sysopen(my $d, $ARGV[0], O_RDONLY) or die \"open: $!\";"
            + " my $how = pack('L', 2); ioctl($d, 0x8004587D, $how) or die \"shutdown: $!\";";

    private final Path image;
    private final Path mountPoint;
    private boolean mounted;

    private LoopDisk(Path image, Path mountPoint) {
        this.image = image;
        this.mountPoint = mountPoint;
    }

    /** A fresh, mounted file system. */
    public static LoopDisk create(int mebibytes) {
        Installed.program("perl", "perl-base");
        Path work = Path.of(System.getProperty("headrace.work", "target/brokers"));
        String name = "disk-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        LoopDisk disk = new LoopDisk(
                work.resolve(name + ".img").toAbsolutePath(), work.resolve(name).toAbsolutePath());
        try {
            Files.createDirectories(disk.mountPoint);
            try (RandomAccessFile file = new RandomAccessFile(disk.image.toFile(), "rw")) {
                file.setLength((long) mebibytes << 20);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(disk::close));
        Command made = run("mkfs.ext4", "-q", "-F", "-m", "0", disk.image.toString());
        Command mounting = made.exitStatus() == 0 ? disk.mount() : made;
        if (mounting.exitStatus() != 0) {
            disk.close();
            Installed.missing(
                    "no loop-mounted ext4 on this machine: " + mounting.errors().strip());
        }
        return disk;
    }

    public Path mountPoint() {
        return mountPoint;
    }

    /** Cuts the power: every further access fails, and what was not on the device is lost. */
    public void cutPower() {
        run("perl", "-e", SHUTDOWN, mountPoint.toString()).expectSuccess();
    }

    /** Brings the power back: the file system recovers from its own journal. Nobody may use it at the moment. */
    public void restorePower() {
        unmount();
        mount().expectSuccess();
    }

    @Override
    public synchronized void close() {
        if (mounted) {
            unmount();
        }
        try {
            Files.deleteIfExists(image);
            Files.deleteIfExists(mountPoint);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Command mount() {
        Command mounting = run("mount", "-t", "ext4", "-o", "loop", image.toString(), mountPoint.toString());
        mounted = mounting.exitStatus() == 0;
        return mounting;
    }

    private void unmount() {
        Await.until(
                "unmounting " + mountPoint,
                Duration.ofSeconds(30),
                () -> run("umount", mountPoint.toString()).exitStatus() == 0);
        mounted = false;
    }

    private static Command run(String... command) {
        return Command.run(LIMIT_MS, List.of(command));
    }
}
