package io.headrace.storage.log;

import java.io.IOException;

/**
 * The disk did not give back something of a log that had to be known before anything could be written. Nothing was changed, and
 * other logs have no part in it.
 */
public final class UnreadableLogException extends IOException {
    UnreadableLogException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
