package io.headrace.cli.output;

import picocli.CommandLine.Option;

/** Options of commands that print results. */
public final class OutputOptions {
    @Option(
            names = {"-o", "--output", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "How to print: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    OutputFormat format = OutputFormat.table;

    @Option(names = "--no-headers", description = "Leave out the line with the names of the columns.")
    boolean noHeaders;

    /** The chosen format. */
    public OutputFormat format() {
        return format;
    }

    /** Whether tables have a line with the names of their columns. */
    public boolean headers() {
        return !noHeaders;
    }
}
