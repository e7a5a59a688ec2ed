package io.headrace.cli.output;

import java.io.PrintWriter;
import java.util.List;
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

    /**
     * Ends the output of a command that describes things one after the other, each as it comes in a table; the other
     * formats are printed here.
     */
    public void printAtEnd(PrintWriter out, List<Object> documents, List<String> names) {
        if (format == OutputFormat.json) {
            out.println(JsonText.pretty(documents));
        } else if (format == OutputFormat.name) {
            names.forEach(out::println);
        }
        out.flush();
    }

    /** Whether tables have a line with the names of their columns. */
    public boolean headers() {
        return !noHeaders;
    }
}
