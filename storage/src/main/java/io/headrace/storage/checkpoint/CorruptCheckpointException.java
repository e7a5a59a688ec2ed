package io.headrace.storage.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint file is not in its format. */
public final class CorruptCheckpointException extends IOException {
    public CorruptCheckpointException(Path path, String problem) {
        super("Checkpoint " + path + " is damaged: " + problem);
    }
}
