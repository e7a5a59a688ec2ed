package io.headrace.storage.metadata;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the metadata log was written by a newer version, which may mean things this one does not know. */
public final class NewerMetadataException extends IOException {
    private static final long serialVersionUID = 1L;

    NewerMetadataException(Path file, String problem) {
        super("Metadata file " + file + " was written by a newer version, start that version instead: " + problem);
    }
}
