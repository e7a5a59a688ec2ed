package io.headrace.storage.metadata;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the metadata log is damaged where it must not be. The broker does not start with it. */
public final class CorruptMetadataException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptMetadataException(Path file, long position, String problem) {
        super("Metadata file " + file + " is damaged at position " + position + ": " + problem);
    }
}
