package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AlterConfigsRequest;
import io.headrace.protocol.message.AlterConfigsResponse;
import io.headrace.protocol.message.DescribeConfigsRequest;
import io.headrace.protocol.message.DescribeConfigsResponse;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse;
import io.headrace.protocol.message.ListConfigResourcesRequest;
import io.headrace.protocol.message.ListConfigResourcesResponse;
import io.headrace.server.config.BrokerLoggers;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.config.LiveBrokerConfig;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Authorizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The error codes, sources and synonyms are those that a Kafka 4.3.1 answered to the same requests. */
class ConfigHandlersTest {
    private static final int TOPIC = 2;
    private static final int BROKER = 4;
    private static final int LOGGER = 8;
    private static final int METRICS = 16;
    private static final int GROUP = 32;
    private static final int SET = 0;
    private static final int DELETE = 1;
    private static final int APPEND = 2;
    private static final int SUBTRACT = 3;

    private final MemoryMetadataLog log = MemoryMetadataLog.oneBroker();
    private final LiveBrokerConfig live = new LiveBrokerConfig(
            BrokerConfig.of(Map.of("node.id", "1", "log.retention.hours", "24", "key.of.a.plugin", "x")), log.image());
    private final Proposals proposals = new Proposals(log);
    private final BrokerLoggers loggers = new BrokerLoggers();
    private final ConfigAlteration alteration = new ConfigAlteration(live, Authorizer.ALLOW_ALL, loggers);
    private final DescribeConfigsHandler describeHandler =
            new DescribeConfigsHandler(log, live, Authorizer.ALLOW_ALL, loggers);

    ConfigHandlersTest() {
        log.addListener(live);
        assertThat(log.apply(CreateTopic.of("a", new UUID(5, 5), 2, 1)).isOk()).isTrue();
    }

    private static AlterableConfig change(String key, int operation, @Nullable String value) {
        return new AlterableConfig()
                .setName(key)
                .setConfigOperation((byte) operation)
                .setValue(value);
    }

    private ErrorCode alter(int type, String name, AlterableConfig... changes) {
        return alter(false, type, name, changes);
    }

    private ErrorCode alter(boolean validateOnly, int type, String name, AlterableConfig... changes) {
        IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest()
                .setValidateOnly(validateOnly)
                .setResources(List.of(new AlterConfigsResource()
                        .setResourceType((byte) type)
                        .setResourceName(name)
                        .setConfigs(List.of(changes))));
        IncrementalAlterConfigsResponse response = AnsweredRequest.ask(
                new IncrementalAlterConfigsHandler(proposals, alteration, loggers),
                1,
                request,
                IncrementalAlterConfigsResponse.class);
        assertThat(response.responses()).hasSize(1);
        assertThat(response.responses().get(0).resourceName()).isEqualTo(name);
        if (response.responses().get(0).errorCode() == ErrorCode.NONE.code()) {
            assertThat(response.responses().get(0).errorMessage()).isNull();
        }
        return ErrorCode.forCode(response.responses().get(0).errorCode());
    }

    private ErrorCode replace(int type, String name, @Nullable String... keysAndValues) {
        List<AlterConfigsRequest.AlterableConfig> configs = new ArrayList<>();
        for (int index = 0; index < keysAndValues.length; index += 2) {
            configs.add(new AlterConfigsRequest.AlterableConfig()
                    .setName(String.valueOf(keysAndValues[index]))
                    .setValue(keysAndValues[index + 1]));
        }
        AlterConfigsRequest request = new AlterConfigsRequest()
                .setResources(List.of(new AlterConfigsRequest.AlterConfigsResource()
                        .setResourceType((byte) type)
                        .setResourceName(name)
                        .setConfigs(configs)));
        AlterConfigsResponse response = AnsweredRequest.ask(
                new AlterConfigsHandler(proposals, alteration), 2, request, AlterConfigsResponse.class);
        return ErrorCode.forCode(response.responses().get(0).errorCode());
    }

    private DescribeConfigsResult describe(int type, String name, String @Nullable ... keys) {
        DescribeConfigsRequest request = new DescribeConfigsRequest()
                .setIncludeSynonyms(true)
                .setIncludeDocumentation(true)
                .setResources(List.of(new DescribeConfigsRequest.DescribeConfigsResource()
                        .setResourceType((byte) type)
                        .setResourceName(name)
                        .setConfigurationKeys(keys == null ? null : List.of(keys))));
        DescribeConfigsResponse response =
                AnsweredRequest.ask(describeHandler, 4, request, DescribeConfigsResponse.class);
        return response.results().get(0);
    }

    private String describeOne(int type, String name, String key) {
        DescribeConfigsResult result = describe(type, name, key);
        assertThat(result.configs()).hasSize(1);
        DescribeConfigsResourceResult entry = result.configs().get(0);
        assertThat(entry.documentation()).isNotEmpty();
        List<String> synonyms = entry.synonyms().stream()
                .map(synonym -> synonym.name() + "=" + synonym.value() + "/" + synonym.source())
                .toList();
        return entry.value() + "/" + entry.configSource() + " " + synonyms;
    }

    @Test
    void topicKeysAreChanged() {
        assertThat(alter(TOPIC, "a", change("retention.ms", SET, "55"))).isEqualTo(ErrorCode.NONE);
        assertThat(alter(TOPIC, "a", change("cleanup.policy", APPEND, "compact")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(log.image().configs(ConfigResource.topic("a")))
                .isEqualTo(Map.of("retention.ms", "55", "cleanup.policy", "delete,compact"));
        assertThat(alter(TOPIC, "a", change("cleanup.policy", SUBTRACT, "delete")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(describeOne(TOPIC, "a", "cleanup.policy"))
                .isEqualTo("compact/1 [cleanup.policy=compact/1, log.cleanup.policy=delete/5]");
        assertThat(alter(TOPIC, "a", change("retention.ms", DELETE, null))).isEqualTo(ErrorCode.NONE);
        assertThat(alter(TOPIC, "a", change("nope", DELETE, null))).isEqualTo(ErrorCode.NONE);
        assertThat(alter(TOPIC, "a")).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void badChangesHaveKafkasErrorCodes() {
        AlterableConfig good = change("retention.ms", SET, "55");
        assertThat(alter(TOPIC, "a", change("nope", SET, "55"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("retention.ms", SET, "-3"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("retention.ms", SET, ""))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("retention.ms", APPEND, "5"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("cleanup.policy", APPEND, "zzz"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("cleanup.policy", APPEND, ""))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(TOPIC, "a", change("retention.ms", SET, null))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(TOPIC, "a", change("retention.ms", 9, "1"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(TOPIC, "a", good, good)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(TOPIC, "zzz", good)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(alter(TOPIC, "a/b", good)).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(alter(TOPIC, "", good)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(3, "a", good)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(LOGGER, "9", good)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(describeOne(TOPIC, "a", "retention.ms")).startsWith("86400000/5");
    }

    @Test
    void brokerKeysAreChangedWhereTheyMayBe() {
        assertThat(alter(BROKER, "", change("log.retention.ms", SET, "5555555")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(alter(BROKER, "1", change("log.retention.ms", SET, "6666666")))
                .isEqualTo(ErrorCode.NONE);
        String synonyms = "[log.retention.ms=6666666/2, log.retention.ms=5555555/3, log.retention.hours=24/4,"
                + " log.retention.hours=168/5]";
        assertThat(describeOne(BROKER, "1", "log.retention.ms")).isEqualTo("6666666/2 " + synonyms);
        assertThat(describeOne(TOPIC, "a", "retention.ms")).isEqualTo("6666666/2 " + synonyms);
        assertThat(describeOne(BROKER, "", "log.retention.ms")).isEqualTo("5555555/3 [log.retention.ms=5555555/3]");
        assertThat(live.get().topicDefaults().retentionMs()).isEqualTo(6_666_666);
        assertThat(alter(BROKER, "1", change("num.partitions", SET, "3"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "1", change("log.retention.ms", SET, "x"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "9", change("log.retention.ms", SET, "1"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "x", change("log.retention.ms", SET, "1"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "", change("listeners", SET, "PLAINTEXT://:1")))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "1", change("max.connections.per.ip.overrides", SET, "nonsense")))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(BROKER, "1", change("some.key.of.a.plugin", SET, "3"))).isEqualTo(ErrorCode.NONE);
        DescribeConfigsResourceResult unknown =
                describe(BROKER, "1", "some.key.of.a.plugin").configs().get(0);
        assertThat(unknown.isSensitive()).isTrue();
        assertThat(unknown.value()).isNull();
    }

    @Test
    void groupsAndSubscriptionsAreChanged() {
        assertThat(alter(GROUP, "g", change("consumer.session.timeout.ms", SET, "50000")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(describeOne(GROUP, "g", "consumer.session.timeout.ms"))
                .isEqualTo("50000/8 [consumer.session.timeout.ms=50000/8, group.consumer.session.timeout.ms=45000/5]");
        assertThat(describeOne(GROUP, "other", "consumer.session.timeout.ms"))
                .isEqualTo("45000/5 [group.consumer.session.timeout.ms=45000/5]");
        assertThat(describeOne(GROUP, "other", "share.auto.offset.reset"))
                .isEqualTo("latest/5 [share.auto.offset.reset=latest/5]");
        assertThat(alter(GROUP, "g", change("consumer.session.timeout.ms", SET, "5")))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(GROUP, "", change("consumer.session.timeout.ms", SET, "50000")))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(METRICS, "m", change("interval.ms", SET, "1000"))).isEqualTo(ErrorCode.NONE);
        assertThat(describeOne(METRICS, "m", "interval.ms")).isEqualTo("1000/7 [interval.ms=1000/7]");
        assertThat(describeOne(METRICS, "other", "interval.ms")).isEqualTo("300000/5 []");
        assertThat(alter(METRICS, "m", change("zz", SET, "1"))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void listsThatATopicDoesNotHaveBeginWithTheBuiltInDefault() {
        assertThat(alter(BROKER, "1", change("log.cleanup.policy", SET, "compact")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(alter(TOPIC, "a", change("cleanup.policy", SUBTRACT, "compact")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(log.image().configs(ConfigResource.topic("a"))).isEqualTo(Map.of("cleanup.policy", "delete"));
        assertThat(alter(BROKER, "", change("log.cleanup.policy", APPEND, "compact")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(log.image().configs(ConfigResource.ALL_BROKERS))
                .isEqualTo(Map.of("log.cleanup.policy", "delete,compact"));
    }

    @ParameterizedTest
    @CsvSource({
        "num.io.threads, 4, 16",
        "num.network.threads, 1, 6",
        "num.replica.fetchers, 1, 2",
        "num.recovery.threads.per.data.dir, 1, 4",
        "background.threads, 5, 20"
    })
    void numbersOfThreadsAreHalvedOrDoubledAtMost(String key, int lowest, int highest) {
        for (String broker : List.of("", "1")) {
            assertThat(alter(true, BROKER, broker, change(key, SET, String.valueOf(highest + 1))))
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(alter(true, BROKER, broker, change(key, SET, String.valueOf(lowest - 1))))
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(alter(true, BROKER, broker, change(key, SET, String.valueOf(lowest))))
                    .isEqualTo(ErrorCode.NONE);
        }
        assertThat(alter(BROKER, "1", change(key, SET, String.valueOf(highest))))
                .isEqualTo(ErrorCode.NONE);
        assertThat(alter(BROKER, "1", change(key, SET, String.valueOf(2 * highest))))
                .isEqualTo(ErrorCode.NONE);
        assertThat(alter(BROKER, "1", change(key, DELETE, null))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void recordsOfAllTopicsCannotBeKeptForNoTime() {
        assertThat(alter(BROKER, "1", change("log.retention.ms", SET, "0"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(TOPIC, "a", change("retention.ms", SET, "0"))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void keysOfTheFileThatNobodyKnowsAreNamed() {
        DescribeConfigsResourceResult unknown =
                describe(BROKER, "1", "key.of.a.plugin").configs().get(0);
        assertThat(unknown.value()).isNull();
        assertThat(unknown.isSensitive()).isTrue();
        assertThat(unknown.readOnly()).isTrue();
        assertThat(unknown.configSource()).isEqualTo((byte) 4);
        assertThat(describe(BROKER, "").configs()).isEmpty();
    }

    @Test
    void validationAloneChangesNothing() {
        assertThat(alter(true, TOPIC, "a", change("retention.ms", SET, "66"))).isEqualTo(ErrorCode.NONE);
        assertThat(alter(true, TOPIC, "a", change("retention.ms", SET, "x"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(describeOne(TOPIC, "a", "retention.ms")).startsWith("86400000/5");
    }

    @Test
    void olderRequestReplacesEverything() {
        assertThat(replace(TOPIC, "a", "retention.ms", "99", "max.message.bytes", "1000"))
                .isEqualTo(ErrorCode.NONE);
        assertThat(replace(TOPIC, "a", "max.message.bytes", "1001")).isEqualTo(ErrorCode.NONE);
        assertThat(describeOne(TOPIC, "a", "retention.ms")).startsWith("86400000/5");
        assertThat(describeOne(TOPIC, "a", "max.message.bytes")).startsWith("1001/1");
        assertThat(replace(TOPIC, "a", "max.message.bytes", null)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(replace(TOPIC, "zzz", "max.message.bytes", "1")).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(replace(TOPIC, "a", "max.message.bytes", "x")).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(replace(BROKER, "1", "num.partitions", "7")).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void everyKeyIsDescribed() {
        // Kafka's 33 and durability.
        assertThat(describe(TOPIC, "a").configs()).hasSize(34);
        assertThat(describe(TOPIC, "a", (String[]) null).configs()).hasSize(34);
        assertThat(describe(GROUP, "g").configs()).hasSize(17);
        assertThat(describe(METRICS, "m").configs()).hasSize(3);
        assertThat(describe(BROKER, "1").configs()).hasSizeGreaterThan(250);
        assertThat(describe(BROKER, "").configs()).isEmpty();
        assertThat(describe(TOPIC, "a", "nope", "segment.ms").configs()).hasSize(1);
    }

    @Test
    void keysThatAreNotForEverybodyAreDescribedWhereTheyAreSet() {
        assertThat(describe(TOPIC, "a", "internal.segment.bytes").configs()).isEmpty();
        assertThat(alter(TOPIC, "a", change("internal.segment.bytes", SET, "1000")))
                .isEqualTo(ErrorCode.NONE);
        assertThat(describeOne(TOPIC, "a", "internal.segment.bytes")).startsWith("1000/1 [");
        assertThat(describe(TOPIC, "a").configs()).hasSize(35);
    }

    @Test
    void describedValuesAreKafkas() {
        assertThat(describeOne(TOPIC, "a", "retention.ms")).isEqualTo("86400000/5 []");
        assertThat(describeOne(TOPIC, "a", "flush.ms")).isEqualTo("9223372036854775807/5 []");
        assertThat(describeOne(TOPIC, "a", "max.message.bytes")).isEqualTo("1048588/5 [message.max.bytes=1048588/5]");
        assertThat(describeOne(TOPIC, "a", "leader.replication.throttled.replicas"))
                .isEqualTo("/5 []");
        assertThat(describeOne(BROKER, "1", "log.retention.hours"))
                .isEqualTo("24/4 [log.retention.hours=24/4, log.retention.hours=168/5]");
        assertThat(describeOne(BROKER, "1", "log.retention.ms")).isEqualTo("null/5 []");
        assertThat(describeOne(BROKER, "1", "node.id")).isEqualTo("1/4 [node.id=1/4]");
        assertThat(describeOne(BROKER, "1", "broker.id")).isEqualTo("1/4 [broker.id=1/4, broker.id=-1/5]");
        DescribeConfigsResourceResult password =
                describe(BROKER, "1", "ssl.keystore.password").configs().get(0);
        assertThat(password.isSensitive()).isTrue();
        assertThat(password.value()).isNull();
        assertThat(password.configType()).isEqualTo((byte) 9);
        assertThat(describe(BROKER, "1", "num.partitions").configs().get(0).readOnly())
                .isTrue();
        assertThat(describe(BROKER, "1", "log.retention.ms").configs().get(0).readOnly())
                .isFalse();
    }

    @Test
    void whatCannotBeDescribedHasKafkasErrorCodes() {
        assertThat(describe(TOPIC, "zzz").errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(describe(TOPIC, "a/b").errorCode()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        assertThat(describe(BROKER, "9").errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(describe(BROKER, "x").errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(describe(LOGGER, "1").errorCode()).isEqualTo(ErrorCode.NONE.code());
        assertThat(describe(GROUP, "").errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(describe(7, "x").errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    @Test
    void configuredThingsAreListed() {
        ListConfigResourcesHandler handler = new ListConfigResourcesHandler(log, Authorizer.ALLOW_ALL);
        alter(GROUP, "g", change("consumer.session.timeout.ms", SET, "50000"));
        alter(METRICS, "m", change("interval.ms", SET, "1000"));
        ListConfigResourcesResponse old =
                AnsweredRequest.ask(handler, 0, new ListConfigResourcesRequest(), ListConfigResourcesResponse.class);
        assertThat(old.configResources())
                .extracting(resource -> resource.resourceName())
                .containsExactly("m");
        ListConfigResourcesResponse all =
                AnsweredRequest.ask(handler, 1, new ListConfigResourcesRequest(), ListConfigResourcesResponse.class);
        assertThat(all.configResources())
                .extracting(resource -> resource.resourceType() + resource.resourceName())
                .containsExactlyInAnyOrder("2a", "41", "81", "16m", "32g");
        ListConfigResourcesResponse bad = AnsweredRequest.ask(
                handler,
                1,
                new ListConfigResourcesRequest().setResourceTypes(List.of((byte) 3)),
                ListConfigResourcesResponse.class);
        assertThat(bad.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
    }

    @Test
    void oldVersionsAreAnswered() {
        DescribeConfigsRequest request = new DescribeConfigsRequest()
                .setResources(List.of(new DescribeConfigsRequest.DescribeConfigsResource()
                        .setResourceType((byte) TOPIC)
                        .setResourceName("a")
                        .setConfigurationKeys(null)));
        DescribeConfigsResponse response =
                AnsweredRequest.ask(describeHandler, 1, request, DescribeConfigsResponse.class);
        assertThat(response.results().get(0).configs()).hasSize(34);
    }

    @Test
    void levelsOfLoggersAreSetShownAndReset() {
        String name = "io.headrace.of.this.test";
        System.Logger logger = System.getLogger(name);
        assertThat(level(name)).isEqualTo("INFO");
        assertThat(alter(LOGGER, "1", change(name, SET, "DEBUG"))).isEqualTo(ErrorCode.NONE);
        assertThat(logger.isLoggable(System.Logger.Level.DEBUG)).isTrue();
        assertThat(logger.isLoggable(System.Logger.Level.TRACE)).isFalse();
        assertThat(level(name)).isEqualTo("DEBUG");
        for (String level : List.of("FATAL", "ERROR", "WARN", "INFO", "TRACE")) {
            assertThat(alter(LOGGER, "1", change(name, SET, level))).isEqualTo(ErrorCode.NONE);
            assertThat(level(name)).isEqualTo(level);
        }
        assertThat(alter(true, LOGGER, "1", change(name, SET, "ERROR"))).isEqualTo(ErrorCode.NONE);
        assertThat(level(name)).isEqualTo("TRACE");
        assertThat(alter(LOGGER, "1", change(name, DELETE, null))).isEqualTo(ErrorCode.NONE);
        assertThat(level(name)).isEqualTo("INFO");
        assertThat(describe(LOGGER, "1").configs())
                .extracting(config -> config.name())
                .contains("root", "io.headrace");
    }

    private @Nullable String level(String logger) {
        DescribeConfigsResult result = describe(LOGGER, "1", logger);
        assertThat(result.configs()).hasSize(1);
        assertThat(result.configs().get(0).configSource()).isEqualTo((byte) 6);
        return result.configs().get(0).value();
    }

    @Test
    void levelsOfLoggersThatCannotBeAreRefused() {
        assertThat(alter(LOGGER, "1", change("no.such.logger", SET, "INFO"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(LOGGER, "1", change("io.headrace", SET, "LOUD"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(LOGGER, "1", change("io.headrace", SET, null))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(LOGGER, "1", change("io.headrace", APPEND, "INFO"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(LOGGER, "1", change("root", DELETE, null))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(LOGGER, "2", change("io.headrace", SET, "INFO"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(LOGGER, "", change("io.headrace", SET, "INFO"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(replace(LOGGER, "1", "io.headrace", "INFO")).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
}
