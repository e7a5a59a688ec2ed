package io.headrace.cli.transaction;

import io.headrace.cli.client.CommandNode;
import java.util.List;
import picocli.CommandLine.Command;

/** Transactions: list, describe, abort, find those that hang. */
@Command(
        name = "transactions",
        aliases = {"transaction", "txn"},
        description = "Lists and describes transactions, finds and ends those that are stuck.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class TransactionsCommand {
    /** This command and those below it. */
    public static CommandNode node() {
        return CommandNode.group(
                session -> new TransactionsCommand(),
                List.of("transactions", "transaction", "txn"),
                CommandNode.leaf(ListTransactionsCommand::new, "list", "ls"),
                CommandNode.leaf(DescribeTransactionsCommand::new, "describe", "info"),
                CommandNode.leaf(AbortTransactionCommand::new, "abort"),
                CommandNode.leaf(FindHangingCommand::new, "find-hanging"));
    }
}
