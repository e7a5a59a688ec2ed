package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Launcher;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import io.headrace.systemtests.harness.ToolRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.GetOffsetShell;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.VerifiableConsumer;
import org.apache.kafka.tools.VerifiableProducer;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Kafka's own command line classes. */
@ExtendWith(SharedBroker.class)
class KafkaToolsIT {
    private final Clients clients;
    private final String bootstrap;

    KafkaToolsIT(Broker broker) {
        clients = new Clients(broker);
        bootstrap = broker.bootstrap();
    }

    @Test
    void topicCommand() {
        String topic = Names.unique("tool-topic");
        assertThat(topics(
                        "--create",
                        "--topic",
                        topic,
                        "--partitions",
                        "3",
                        "--replication-factor",
                        "1",
                        "--config",
                        "retention.ms=1000000"))
                .contains("Created topic " + topic);
        assertThat(topics("--list").lines()).contains(topic);
        assertThat(topics("--describe", "--topic", topic))
                .contains("PartitionCount: 3", "ReplicationFactor: 1", "retention.ms=1000000", "Partition: 2");
        topics("--alter", "--topic", topic, "--partitions", "5");
        assertThat(topics("--create", "--if-not-exists", "--topic", topic)).doesNotContain("rror");
        assertThat(topics("--describe", "--under-replicated-partitions")).isEmpty();
        topics("--delete", "--topic", topic);
        assertThat(topics("--list").lines()).doesNotContain(topic);
        assertThat(ToolRun.of(TopicCommand::main, "--bootstrap-server", bootstrap, "--describe", "--topic", topic)
                        .exitStatus())
                .isEqualTo(1);
    }

    @Test
    void consoleProducerAndConsumer() {
        String topic = clients.topic("tool-console", 2);
        String input =
                IntStream.range(0, 200).mapToObj(i -> "k" + i + "=v" + i + "\n").collect(Collectors.joining());
        ToolRun.withInput(
                        input,
                        ConsoleProducer::main,
                        "--bootstrap-server",
                        bootstrap,
                        "--topic",
                        topic,
                        "--reader-property",
                        "parse.key=true",
                        "--reader-property",
                        "key.separator==",
                        "--compression-codec",
                        "zstd")
                .expectSuccess();
        ToolRun read = console(
                topic,
                "--from-beginning",
                "--max-messages",
                "200",
                "--formatter-property",
                "print.key=true",
                "--formatter-property",
                "key.separator=:");
        assertThat(read.lines()).hasSize(200).contains("k0:v0", "k199:v199");
        assertThat(console(topic, "--partition", "0", "--offset", "1", "--max-messages", "3")
                        .lines())
                .hasSize(3);
    }

    @Test
    void consumerGroupCommand() {
        String topic = clients.topic("tool-groups", 1);
        String group = Names.unique("tool-group");
        ToolRun.withInput("a\nb\nc\n", ConsoleProducer::main, "--bootstrap-server", bootstrap, "--topic", topic)
                .expectSuccess();
        assertThat(console(topic, "--group", group, "--from-beginning", "--max-messages", "3")
                        .lines())
                .containsExactly("a", "b", "c");
        assertThat(groups("--list").lines()).contains(group);
        assertThat(row(groups("--describe", "--group", group, "--offsets"), topic))
                .contains(group, topic, "0", "3", "3", "0");
        assertThat(groups("--describe", "--group", group, "--state")).contains("Empty");
        assertThat(row(
                        groups("--reset-offsets", "--group", group, "--topic", topic, "--to-offset", "1", "--execute"),
                        topic))
                .endsWith("1");
        assertThat(row(groups("--describe", "--group", group), topic)).contains("1", "3", "2");
        groups("--reset-offsets", "--group", group, "--all-topics", "--to-latest", "--execute");
        assertThat(row(groups("--describe", "--group", group), topic)).contains("3", "3", "0");
        groups("--delete-offsets", "--group", group, "--topic", topic);
        groups("--delete", "--group", group);
        assertThat(groups("--list").lines()).doesNotContain(group);
    }

    @Test
    void configCommand() {
        String topic = clients.topic("tool-configs", 1);
        configs(
                "--alter",
                "--entity-type",
                "topics",
                "--entity-name",
                topic,
                "--add-config",
                "retention.ms=5000000,cleanup.policy=[compact,delete]");
        assertThat(configs("--describe", "--entity-type", "topics", "--entity-name", topic))
                .contains("retention.ms=5000000", "cleanup.policy=compact,delete");
        configs("--alter", "--entity-type", "topics", "--entity-name", topic, "--delete-config", "retention.ms");
        assertThat(configs("--describe", "--entity-type", "topics", "--entity-name", topic))
                .doesNotContain("retention.ms=5000000");
        assertThat(configs("--describe", "--all", "--entity-type", "topics", "--entity-name", topic))
                .contains("segment.bytes=1073741824");
        assertThat(configs("--describe", "--all", "--entity-type", "brokers", "--entity-name", "1"))
                .contains("num.partitions=4");
    }

    @Test
    void configCommandOnLoggers() {
        String[] describe = {"--describe", "--entity-type", "broker-loggers", "--entity-name", "1"};
        String[] alter = {"--alter", "--entity-type", "broker-loggers", "--entity-name", "1"};
        assertThat(row(configs(describe), "root=")).contains("root=INFO");
        configs(with(alter, "--add-config", "io.headrace=WARN,io.headrace.server.Broker=DEBUG"));
        assertThat(row(configs(describe), "io.headrace=")).contains("io.headrace=WARN");
        assertThat(row(configs(describe), "io.headrace.server.Broker=")).contains("io.headrace.server.Broker=DEBUG");
        configs(with(alter, "--delete-config", "io.headrace,io.headrace.server.Broker"));
        assertThat(row(configs(describe), "io.headrace=")).contains("io.headrace=INFO");
        String[] all = with(with(alter, "--add-config", "io.headrace=LOUD"), "--bootstrap-server", bootstrap);
        assertThat(ToolRun.of(kafka.admin.ConfigCommand::main, all).exitStatus())
                .isEqualTo(1);
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void getOffsetShell() {
        String topic = clients.topic("tool-offsets", 2);
        ToolRun.withInput("1\n2\n3\n4\n", ConsoleProducer::main, "--bootstrap-server", bootstrap, "--topic", topic)
                .expectSuccess();
        long latest = offsets(topic, "-1").stream()
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(':') + 1)))
                .sum();
        assertThat(latest).isEqualTo(4);
        assertThat(offsets(topic, "earliest")).containsExactly(topic + ":0:0", topic + ":1:0");
        assertThat(offsets(topic, "max-timestamp")).isNotEmpty();
    }

    @Test
    void verifiableProducerAndConsumer() {
        String topic = clients.topic("tool-verifiable", 2);
        // These two finish their work in the JVM's shutdown, so each needs a JVM of its own.
        Command produced = inOwnJvm(
                VerifiableProducer.class,
                "--bootstrap-server",
                bootstrap,
                "--topic",
                topic,
                "--max-messages",
                "500",
                "--acks",
                "-1");
        assertThat(produced.output()).contains("\"acked\":500", "\"sent\":500");
        Command consumed = inOwnJvm(
                VerifiableConsumer.class,
                "--bootstrap-server",
                bootstrap,
                "--topic",
                topic,
                "--group-id",
                Names.unique("verifiable"),
                "--max-messages",
                "500",
                "--group-protocol",
                "classic");
        assertThat(consumed.output()).contains("\"name\":\"shutdown_complete\"");
        long read = consumed.lines().stream()
                .filter(line -> line.contains("\"records_consumed\""))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*\"records_consumed\",\"count\":(\\d+).*", "$1")))
                .sum();
        assertThat(read).isEqualTo(500);
    }

    private static Command inOwnJvm(Class<?> main, String... arguments) {
        return Command.run(90_000, Launcher.javaCommand(main.getName(), arguments))
                .expectSuccess();
    }

    private String topics(String... arguments) {
        return tool(TopicCommand::main, arguments);
    }

    private String groups(String... arguments) {
        return tool(ConsumerGroupCommand::main, arguments);
    }

    private String configs(String... arguments) {
        return tool(kafka.admin.ConfigCommand::main, arguments);
    }

    private List<String> offsets(String topic, String time) {
        return tool(GetOffsetShell::main, "--topic", topic, "--time", time)
                .lines()
                .toList();
    }

    private ToolRun console(String topic, String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("--bootstrap-server", bootstrap, "--topic", topic, "--timeout-ms", "30000"));
        all.addAll(List.of(arguments));
        return ToolRun.of(ConsoleConsumer::main, all.toArray(String[]::new)).expectSuccess();
    }

    private String tool(ToolRun.Main main, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
        all.addAll(List.of(arguments));
        return ToolRun.of(main, all.toArray(String[]::new)).expectSuccess().output();
    }

    /** The words of the line that mentions {@code topic}. */
    private static List<String> row(String table, String topic) {
        return table.lines()
                .filter(line -> line.contains(topic))
                .findFirst()
                .map(line -> List.of(line.trim().split("\\s+", -1)))
                .orElseThrow(() -> new AssertionError("no line with " + topic + ":\n" + table));
    }
}
