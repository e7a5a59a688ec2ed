package io.headrace.storage.metadata;

import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataCommand;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The metadata log holds a command that this version refuses although it was acknowledged: without it this node's state would
 * differ from what it has told.
 */
public final class RefusedMetadataException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedMetadataException(Path file, long index, MetadataCommand command, CommandResult why) {
        super("Metadata file " + file + " holds a change that was acknowledged and that this version refuses, number "
                + index + " (" + command.getClass().getSimpleName() + "): " + why.message()
                + " Start the version that wrote it instead");
    }
}
