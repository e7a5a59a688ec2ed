package io.headrace.cli.transaction;

import picocli.CommandLine.Command;

/** Transactions: list, describe, abort, find those that hang. */
@Command(
        name = "transactions",
        aliases = {"transaction", "txn"},
        description = "Lists and describes transactions, finds and ends those that are stuck.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ListTransactionsCommand.class,
            DescribeTransactionsCommand.class,
            AbortTransactionCommand.class,
            FindHangingCommand.class
        })
public final class TransactionsCommand {}
