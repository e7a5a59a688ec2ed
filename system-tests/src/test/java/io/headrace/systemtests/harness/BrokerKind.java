package io.headrace.systemtests.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The brokers that the tests can run against, and how each is started. */
enum BrokerKind {
    HEADRACE {
        @Override
        Map<String, String> requiredSettings(int port) {
            return Map.of();
        }

        @Override
        void prepare(Path config, Path directory) {}

        @Override
        List<String> startCommand(Path config) {
            return List.of(Launcher.path().toString(), "start", "--config", config.toString());
        }
    },

    /** Apache Kafka in KRaft combined mode, out of the jars that the tests have on their class path anyway. */
    KAFKA {
        @Override
        Map<String, String> requiredSettings(int port) {
            int controllerPort = Broker.freePort();
            return Map.of(
                    "process.roles", "broker,controller",
                    "node.id", "1",
                    "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                    "controller.listener.names", "CONTROLLER",
                    "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                    "controller.quorum.voters", "1@127.0.0.1:" + controllerPort,
                    "transaction.state.log.replication.factor", "1",
                    "transaction.state.log.min.isr", "1");
        }

        @Override
        void prepare(Path config, Path directory) throws IOException {
            if (Files.exists(directory.resolve("formatted"))) {
                return;
            }
            Command format = Command.run(
                    60_000,
                    Launcher.javaCommand(
                            "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config.toString()));
            if (format.exitStatus() != 0) {
                throw new IOException("formatting failed: " + format.output() + format.errors());
            }
            Files.createFile(directory.resolve("formatted"));
        }

        @Override
        List<String> startCommand(Path config) {
            return Launcher.javaCommand("kafka.Kafka", config.toString());
        }
    };

    private static final String CLUSTER_ID = "SGVhZHJhY2VIZWFkcmFjZQ";

    static BrokerKind underTest() {
        return valueOf(System.getProperty("broker", "headrace").toUpperCase(Locale.ROOT));
    }

    /** What this kind cannot start without. */
    abstract Map<String, String> requiredSettings(int port);

    /** Brings the data directory into the shape the broker expects, where it wants one. */
    abstract void prepare(Path config, Path directory) throws IOException;

    abstract List<String> startCommand(Path config);
}
