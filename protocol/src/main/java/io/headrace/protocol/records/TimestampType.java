package io.headrace.protocol.records;

/** Who decides the timestamps of a batch's records; attribute bit 3 of the batch (KIP-32). */
public enum TimestampType {
    /** The producer set a timestamp for each record. */
    CREATE_TIME,
    /** The broker stamped the batch when it appended it; every record then has the batch's max timestamp. */
    LOG_APPEND_TIME
}
