package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Turns the system's bare errors into ones that name the file, the place and, for a full disk, the kind. */
public final class DiskErrors {
    private DiskErrors() {}

    /** Names the file; a full disk becomes {@link DiskFullException}. */
    static IOException named(String action, Path path, IOException error) {
        if (error instanceof NoSuchFileException || error instanceof FileAlreadyExistsException) {
            return error; // callers tell these apart, and they name the file already
        }
        String message = "Cannot " + action + " " + path + ": " + reason(error);
        return isFull(error) ? new DiskFullException(message, error) : new IOException(message, error);
    }

    /** Names the file and the position; a full disk becomes {@link DiskFullException}. */
    static IOException at(String action, Path path, long position, IOException error) {
        String message = "Cannot " + action + " " + path + " at position " + position + ": " + reason(error);
        return isFull(error) ? new DiskFullException(message, error) : new IOException(message, error);
    }

    /** A failed sync is final whatever its reason, so it is never reported as a full disk. */
    static IOException ofSync(Path path, IOException error) {
        return new IOException("Cannot sync " + path + ": " + reason(error), error);
    }

    /**
     * What went wrong, in words and without the file's name: Java's own exceptions of permissions, missing files and the like
     * have nothing but that name for a message.
     */
    public static String reason(IOException error) {
        if (error instanceof FileSystemException ofFile) {
            @Nullable String systems = ofFile.getReason();
            return systems == null ? kind(ofFile) : systems;
        }
        @Nullable String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }

    private static String kind(FileSystemException error) {
        if (error instanceof AccessDeniedException) {
            return "permission denied";
        } else if (error instanceof NoSuchFileException) {
            return "no such file or directory";
        } else if (error instanceof NotDirectoryException) {
            return "is not a directory";
        } else if (error instanceof FileAlreadyExistsException) {
            return "exists already";
        } else if (error instanceof DirectoryNotEmptyException) {
            return "the directory is not empty";
        }
        return error.getClass().getSimpleName();
    }

    /** One sentence for whoever reads it without a stack trace: what went wrong, with the file where the error knows it. */
    public static String describe(IOException error) {
        if (error instanceof FileSystemException ofFile && ofFile.getFile() != null) {
            @Nullable String other = ofFile.getOtherFile();
            return ofFile.getFile() + (other == null ? "" : " and " + other) + ": " + reason(error);
        }
        return reason(error);
    }

    /** The JDK has no type for ENOSPC and EDQUOT; their texts from the C library are all there is. */
    private static boolean isFull(IOException error) {
        @Nullable String message = error.getMessage();
        return message != null
                && (message.contains("No space left on device")
                        || message.contains("Disk quota exceeded")
                        || message.contains("not enough space on the disk"));
    }
}
