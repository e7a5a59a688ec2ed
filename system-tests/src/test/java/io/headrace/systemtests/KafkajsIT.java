package io.headrace.systemtests;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Installed;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kafkajs, a client that shares no code with Java's or librdkafka. The scenarios are in {@code src/test/node}. */
@ExtendWith(SharedBroker.class)
class KafkajsIT {
    private static final Path SOURCES = Path.of("src/test/node");
    private static final Path INSTALLED = Path.of("target/node");

    @BeforeAll
    static void install() throws IOException {
        Installed.program("node", "nodejs");
        Installed.program("npm", "npm");
        Files.createDirectories(INSTALLED);
        for (String file : List.of("package.json", "package-lock.json", "clients.mjs")) {
            Files.copy(SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.isDirectory(INSTALLED.resolve("node_modules/kafkajs"))) {
            return;
        }
        ProcessBuilder npm = new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund").directory(INSTALLED.toFile());
        Command command = Command.run(180_000, new byte[0], npm);
        if (command.exitStatus() != 0) {
            Installed.missing("npm could not install kafkajs: " + command.output() + command.errors());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"administration", "produceAndConsume", "twoMembersRebalance", "transactions"})
    void scenario(String scenario, Broker broker) {
        ProcessBuilder node = new ProcessBuilder(
                        "node", "clients.mjs", scenario, broker.bootstrap(), Names.unique("kafkajs"))
                .directory(INSTALLED.toFile());
        Command.run(120_000, new byte[0], node).expectSuccess();
    }
}
