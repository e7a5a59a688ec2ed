package io.headrace.cli;

import io.headrace.cli.client.ClientProperties;
import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.network.client.HostPort;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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
        })
public final class Main implements Session {
    private static final String BROKERS_DEFAULT = "localhost:9092";
    private static final Pattern PROFILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    @Option(
            names = {"-b", "--brokers", "--bootstrap-server"},
            paramLabel = "HOST:PORT[,...]",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Brokers to ask first (default: $$HEADRACE_BROKERS, then $$KAFKA_BOOTSTRAP_SERVERS, then "
                    + BROKERS_DEFAULT + ").")
    private @Nullable String brokers;

    @Option(
            names = "-X",
            paramLabel = "KEY=VALUE",
            scope = CommandLine.ScopeType.INHERIT,
            description = "A client property under Kafka's name, such as client.id or request.timeout.ms;"
                    + " may be repeated.")
    private List<String> properties = List.of();

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            scope = CommandLine.ScopeType.INHERIT,
            description = "A file of client properties; -X wins over it.")
    private @Nullable Path propertiesFile;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Client properties from $$XDG_CONFIG_HOME/headrace/NAME.properties, by default"
                    + " ~/.config/headrace; --command-config wins over it.")
    private @Nullable String profile;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            scope = CommandLine.ScopeType.INHERIT,
            description = "How long to try, retries included (default: 10s).")
    private @Nullable String timeout;

    @Option(
            names = {"-v", "--verbose"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "Say more on standard error, stack traces of failures included.")
    private boolean verbose;

    private final Map<String, String> environment;
    private final CommandLine line;

    Main(Map<String, String> environment) {
        this.environment = environment;
        this.line = new CommandLine(this);
    }

    /** What parses into this. */
    CommandLine line() {
        return line;
    }

    @Override
    public Cluster connect() {
        ClientProperties all = new ClientProperties();
        if (profile != null) {
            all.addFile(profileFile(profile));
        }
        if (propertiesFile != null) {
            all.addFile(propertiesFile);
        }
        properties.forEach(all::add);
        return CommandFailure.parsed(() -> new Cluster(HostPort.parseList(brokerList(all)), all.options(timeoutMs())));
    }

    private Path profileFile(String name) {
        if (!PROFILE_NAME.matcher(name).matches()) {
            throw new CommandFailure(CommandFailure.USAGE, "'" + name + "' is not the name of a profile");
        }
        String directory = environment.get("XDG_CONFIG_HOME");
        Path base = directory == null || directory.isBlank()
                ? Path.of(environment.getOrDefault("HOME", "."), ".config")
                : Path.of(directory);
        return base.resolve("headrace").resolve(name + ".properties");
    }

    private @Nullable Integer timeoutMs() {
        String text = timeout;
        return text == null ? null : (int) Math.min(TimeText.duration(text).toMillis(), Integer.MAX_VALUE);
    }

    @Override
    public boolean verbose() {
        return verbose;
    }

    @Override
    public PrintWriter out() {
        return line.getOut();
    }

    @Override
    public PrintWriter err() {
        return line.getErr();
    }

    private String brokerList(ClientProperties all) {
        if (brokers != null) {
            return brokers;
        }
        String configured = all.brokers();
        if (configured != null) {
            return configured;
        }
        for (String name : new String[] {"HEADRACE_BROKERS", "KAFKA_BOOTSTRAP_SERVERS"}) {
            String value = environment.get(name);
            if (value != null && !value.isBlank()) {
                return value;
            }
        }
        return BROKERS_DEFAULT;
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(CommandTree.commandLine(System.getenv(), arguments).execute(arguments));
    }
}
