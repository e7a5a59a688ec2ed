package io.headrace.protocol.records;

/** Thrown when the bytes of a batch are not what its header says; the message says which rule they break. */
public final class InvalidBatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of fault it is, as far as a client or an operator would act differently. */
    public enum Reason {
        /** The records contradict their own lengths or the batch header. */
        INVALID_RECORD,
        /** The compressed bytes cannot be decompressed. */
        CORRUPT,
        /** Decompressing would pass a {@link DecompressionLimit}. */
        TOO_LARGE,
        /** The attributes name a codec that does not exist. */
        UNSUPPORTED_COMPRESSION
    }

    private final Reason reason;

    InvalidBatchException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    InvalidBatchException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
