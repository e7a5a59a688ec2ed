package io.headrace.cli.output;

/** How results are written. */
public enum OutputFormat {
    /** Columns for people. */
    table,
    /** One JSON document. */
    json,
    /** Only the names, one a line. */
    name
}
