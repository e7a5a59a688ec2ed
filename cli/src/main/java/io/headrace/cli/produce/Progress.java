package io.headrace.cli.produce;

import java.io.PrintWriter;
import java.util.Locale;

/** A line on the terminal that counts what has been read, from the second second on. */
final class Progress {
    private static final long INTERVAL_NANOS = 500_000_000L;
    private static final long FIRST_NANOS = 1_000_000_000L;
    /** Looking at the clock for each record would cost more than the record. */
    private static final int RECORDS_PER_LOOK = 1_000;

    private final boolean shown;
    private final PrintWriter err;
    private final long startNanos = System.nanoTime();
    private long nextNanos = startNanos + FIRST_NANOS;
    private long records;
    private long bytes;
    private boolean printed;

    Progress(boolean shown, PrintWriter err) {
        this.shown = shown;
        this.err = err;
    }

    void add(int recordBytes) {
        records++;
        bytes += recordBytes;
        if (shown && records % RECORDS_PER_LOOK == 0 && System.nanoTime() - nextNanos > 0) {
            nextNanos = System.nanoTime() + INTERVAL_NANOS;
            print();
        }
    }

    void finish() {
        if (printed) {
            print();
            err.println();
            err.flush();
        }
    }

    private void print() {
        printed = true;
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        err.printf(
                Locale.ROOT,
                "\r%,d records, %.1f MB, %,.0f records/s ",
                records,
                bytes / 1e6,
                records / Math.max(seconds, 1e-3));
        err.flush();
    }
}
