package io.headrace.cli.client;

import picocli.CommandLine.Model.CommandSpec;

/** The options that all commands share, as given anywhere on the command line. */
public interface ClusterOptions {
    /** A connection to the cluster that the options name; the caller closes it. */
    Cluster connect();

    /** Whether to say more on standard error. */
    boolean verbose();

    /** The options of the command line that a command is part of. */
    static ClusterOptions of(CommandSpec spec) {
        return (ClusterOptions) spec.root().userObject();
    }
}
