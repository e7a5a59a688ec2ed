package io.headrace.protocol.records;

/**
 * How far one compressed batch may grow when its records are read. Compressed input can claim a thousand times its own
 * size, so nobody decompresses without naming a limit.
 *
 * @param batchBytesMax most decompressed bytes of one batch
 * @param recordBytesMax most decompressed bytes of one record
 * @param ratioMax most decompressed bytes for each compressed byte, 0 for no such limit; not applied to the first 64 KiB
 */
public record DecompressionLimit(int batchBytesMax, int recordBytesMax, int ratioMax) {
    /** 64 MiB a batch, which may be a single record. */
    public static final DecompressionLimit DEFAULT = ofBatchBytes(64 << 20);

    /** For bytes this broker has checked before: anything that an array can hold. */
    public static final DecompressionLimit NONE = ofBatchBytes(Integer.MAX_VALUE - 64);

    private static final int RATIO_FREE_BYTES = 64 << 10;

    public DecompressionLimit {
        if (batchBytesMax <= 0 || recordBytesMax <= 0 || ratioMax < 0) {
            throw new IllegalArgumentException("limits must be positive: " + batchBytesMax + " bytes a batch, "
                    + recordBytesMax + " bytes a record, ratio " + ratioMax);
        }
    }

    /** A limit on the batch alone. */
    public static DecompressionLimit ofBatchBytes(int batchBytesMax) {
        return new DecompressionLimit(batchBytesMax, batchBytesMax, 0);
    }

    /** Fails if so many decompressed bytes from so many compressed ones are more than allowed. */
    void check(long decompressedBytes, int compressedBytes) {
        if (decompressedBytes > batchBytesMax) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.TOO_LARGE,
                    "The records of the batch decompress to more than " + batchBytesMax + " bytes");
        }
        if (ratioMax > 0
                && decompressedBytes > RATIO_FREE_BYTES
                && decompressedBytes > (long) ratioMax * compressedBytes) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.TOO_LARGE,
                    "The records of the batch decompress to more than " + ratioMax + " times their size");
        }
    }
}
