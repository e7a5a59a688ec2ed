package io.headrace.cli;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.ClusterOptions;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.consume.ConsumeCommand;
import io.headrace.cli.group.GroupsCommand;
import io.headrace.cli.produce.ProduceCommand;
import io.headrace.cli.topic.TopicsCommand;
import io.headrace.cli.transaction.TransactionsCommand;
import io.headrace.network.client.ClientException;
import io.headrace.network.client.HostPort;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line: an ordinary client of any broker that speaks Kafka's protocol. */
@Command(
        name = "headrace",
        description = "Works with topics, records, groups and transactions of a Headrace or Kafka cluster.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "  0:done",
            "  1:the server refused or failed",
            "  2:wrong usage",
            "  3:not found",
            "  4:not permitted or not authenticated",
            "  5:no connection, or no answer in time",
            "  6:done in part",
            "130:interrupted"
        },
        subcommands = {
            StartCommand.class,
            TopicsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            GroupsCommand.class,
            TransactionsCommand.class,
            GenerateCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main implements ClusterOptions {
    private static final String BROKERS_DEFAULT = "localhost:9092";

    @Option(
            names = {"-b", "--brokers", "--bootstrap-server"},
            paramLabel = "HOST:PORT[,...]",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Brokers to ask first (default: $$HEADRACE_BROKERS, then $$KAFKA_BOOTSTRAP_SERVERS, then "
                    + BROKERS_DEFAULT + ").")
    private @Nullable String brokers;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            scope = CommandLine.ScopeType.INHERIT,
            description = "How long to try, retries included (default: ${DEFAULT-VALUE}).")
    private String timeout = "10s";

    @Option(
            names = {"-v", "--verbose"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "Say more on standard error, stack traces of failures included.")
    private boolean verbose;

    private final Map<String, String> environment;

    Main(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Cluster connect() {
        try {
            long timeoutMs = TimeText.duration(timeout).toMillis();
            return new Cluster(HostPort.parseList(brokerList()), (int) Math.min(timeoutMs, Integer.MAX_VALUE));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(CommandFailure.USAGE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public boolean verbose() {
        return verbose;
    }

    private String brokerList() {
        if (brokers != null) {
            return brokers;
        }
        for (String name : new String[] {"HEADRACE_BROKERS", "KAFKA_BOOTSTRAP_SERVERS"}) {
            String value = environment.get(name);
            if (value != null && !value.isBlank()) {
                return value;
            }
        }
        return BROKERS_DEFAULT;
    }

    /** The whole command line, ready to execute. */
    static CommandLine commandLine(Map<String, String> environment) {
        Main main = new Main(environment);
        CommandLine commandLine = new CommandLine(main);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command, main.verbose));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        return commandLine;
    }

    private static int report(Exception failure, CommandLine command, boolean verbose) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        int exitCode = CommandFailure.FAILED;
        if (failure instanceof CommandFailure known) {
            exitCode = known.exitCode();
        } else if (failure instanceof ClientException known) {
            exitCode = CommandFailure.exitCodeOf(known.error());
        } else if (failure instanceof RuntimeException && !verbose) {
            message = "internal failure, see it with -v: " + failure;
        }
        command.getErr().println("headrace: " + message);
        if (verbose) {
            failure.printStackTrace(command.getErr());
        }
        command.getErr().flush();
        return exitCode;
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(commandLine(System.getenv()).execute(arguments));
    }
}
