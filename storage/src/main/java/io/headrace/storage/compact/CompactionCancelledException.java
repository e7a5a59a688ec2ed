package io.headrace.storage.compact;

import java.io.IOException;

/** Compaction stopped before its end, because it was told to or because the log changed under it. Nothing is lost. */
final class CompactionCancelledException extends IOException {
    CompactionCancelledException(String message) {
        super(message);
    }
}
