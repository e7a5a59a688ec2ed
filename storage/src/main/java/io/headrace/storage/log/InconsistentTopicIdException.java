package io.headrace.storage.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/** A partition's directory belongs to another topic of the same name. Nothing in it was touched. */
public final class InconsistentTopicIdException extends IOException {
    private final UUID found;

    InconsistentTopicIdException(Path dir, UUID found, UUID expected) {
        super(dir + " belongs to topic id " + found + ", not to " + expected);
        this.found = found;
    }

    /** Whose directory it is. */
    public UUID found() {
        return found;
    }
}
