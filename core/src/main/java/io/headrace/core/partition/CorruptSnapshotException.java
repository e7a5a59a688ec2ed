package io.headrace.core.partition;

/** The bytes are not a snapshot of producer states, or a damaged one. */
public final class CorruptSnapshotException extends Exception {
    public CorruptSnapshotException(String message) {
        super(message);
    }
}
