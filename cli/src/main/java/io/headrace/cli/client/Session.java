package io.headrace.cli.client;

import java.io.PrintWriter;

/** What a command runs with: the options that all commands share, as given anywhere on the command line, and the streams. */
public interface Session {
    /** A connection to the cluster that the options name; the caller closes it. */
    Cluster connect();

    /** Whether to say more on standard error. */
    boolean verbose();

    /** For results. */
    PrintWriter out();

    /** For everything else. */
    PrintWriter err();
}
