package io.headrace.cli.consume;

import io.headrace.protocol.records.Record;
import java.io.IOException;
import java.io.OutputStream;

/** Writes a record to standard output in some form. */
interface RecordPrinter {
    void print(OutputStream out, String topic, int partition, Record record) throws IOException;
}
