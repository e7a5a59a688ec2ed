package io.headrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.ConfigKey;
import io.headrace.core.config.ConfigType;
import io.headrace.core.config.ConnectionConfig;
import io.headrace.core.config.GroupConfig;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.NodeConfig;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.core.config.TopicCreationConfig;
import io.headrace.core.config.TransactionConfig;
import io.headrace.network.server.FrameServer;
import io.headrace.server.Broker;
import io.headrace.storage.LogStore;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every key that is accepted does something, or says at the start that it does not: read off the compiled classes. */
class EffectiveKeysTest {
    /**
     * What defines keys, lists or bounds them, sets them for internal topics, or belongs to group protocols that are not served,
     * depends on none of them.
     */
    private static final Set<String> NO_READERS = Set.of(
            "AbsentFeatureKeys",
            "AlterConfigs",
            "ConsumerGroupConfig",
            "GroupKeys",
            "IneffectiveKeys",
            "ListenerKeys",
            "LogKeys",
            "NodeKeys",
            "QuotaKeys",
            "RemovedKeys",
            "ThreadCounts",
            "TopicCreation",
            "SecurityKeys",
            "ShareGroupConfig",
            "TopicConfigKeys",
            "TopicKeys",
            "TransactionKeys");

    private static final List<Class<?>> RECORDS = List.of(
            ConnectionConfig.class,
            GroupConfig.class,
            NodeConfig.class,
            TopicConfig.class,
            TopicCreationConfig.class,
            TransactionConfig.class);

    /** What another part of the same record is made of. */
    private static final Set<String> READ_INSIDE = Set.of("io/headrace/core/config/TopicConfig.segmentMs");

    private static final Set<String> texts = new TreeSet<>();
    private static final Set<String> calls = new TreeSet<>();

    @BeforeAll
    static void readClasses() throws IOException, URISyntaxException {
        for (Class<?> inModule : List.of(BrokerConfig.class, LogStore.class, FrameServer.class, Broker.class)) {
            Path location = Path.of(
                    inModule.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(location)) {
                readAll(location);
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(location)) {
                    readAll(jar.getPath("/"));
                }
            }
        }
    }

    private static void readAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name = String.valueOf(file.getFileName()).replaceFirst("[$.].*", "");
                ClassConstants constants = ClassConstants.of(Files.readAllBytes(file));
                if (!NO_READERS.contains(name)) {
                    texts.addAll(constants.texts());
                }
                constants.calls().stream()
                        .filter(call -> !call.startsWith(constants.className() + "."))
                        .forEach(calls::add);
            }
        }
    }

    @Test
    void everyKeyIsReadOrNoticed() {
        assertThat(texts).contains("log.dirs", "max.connections");
        assertThat(BrokerConfigKeys.SCHEMA.keys())
                .as("rare keys included")
                .extracting(ConfigKey::name)
                .contains("log.dirs", "remote.log.reader.threads");
        Set<String> topicKeysRead = new TreeSet<>();
        for (ConfigKey key : TopicConfigKeys.SCHEMA.keys()) {
            if (texts.contains(key.name())) {
                key.synonyms().forEach(synonym -> topicKeysRead.add(synonym.broker()));
            }
        }
        Set<String> neither = new TreeSet<>();
        Set<String> both = new TreeSet<>();
        for (ConfigKey key : BrokerConfigKeys.SCHEMA.keys()) {
            boolean read = texts.contains(key.name()) || topicKeysRead.contains(key.name());
            boolean noticed = IneffectiveKeys.reason(key.name()) != null;
            if (!read && !noticed && !refusesAll(key)) {
                neither.add(key.name());
            }
            if (read && noticed) {
                both.add(key.name());
            }
        }
        assertThat(neither)
                .as("accepted, not read by any code, and not noticed")
                .isEmpty();
        assertThat(both).as("read, and said to have no effect").isEmpty();
    }

    /** A class that nobody can name. */
    private static boolean refusesAll(ConfigKey key) {
        try {
            return (key.type() == ConfigType.CLASS || key.type() == ConfigType.LIST || key.type() == ConfigType.STRING)
                    && key.parse("some.Name") == null;
        } catch (InvalidConfigException e) {
            return true;
        }
    }

    @Test
    void everyPartOfTheConfigurationIsAskedForSomewhere() {
        Set<String> unused = new TreeSet<>();
        for (Class<?> type : RECORDS) {
            Arrays.stream(type.getRecordComponents())
                    .map(component -> type.getName().replace('.', '/') + "." + component.getName())
                    .filter(accessor -> !calls.contains(accessor) && !READ_INSIDE.contains(accessor))
                    .forEach(unused::add);
        }
        assertThat(unused).isEmpty();
    }
}
