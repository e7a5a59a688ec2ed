package io.headrace.storage.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/** A partition's directory belongs to another topic of the same name. Nothing in it was touched. */
public final class InconsistentTopicIdException extends IOException {
    InconsistentTopicIdException(Path dir, UUID found, UUID expected) {
        super(dir + " belongs to topic id " + found + ", not to " + expected);
    }
}
