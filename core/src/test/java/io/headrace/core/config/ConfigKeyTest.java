package io.headrace.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The outcomes are those of Kafka 4.3.1's LogConfig for the same values. */
class ConfigKeyTest {
    private static Object parse(String name, String text) {
        return TopicConfigKeys.SCHEMA.key(name).parse(text);
    }

    private static void assertRefused(String name, String text) {
        assertThatThrownBy(() -> TopicConfigKeys.validate(Map.of(name, text)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(text);
    }

    @Test
    void blanksAroundValuesDoNotCount() {
        assertThat(parse("retention.ms", " 5 ")).isEqualTo(5L);
        assertThat(parse("cleanup.policy", " compact , delete ")).isEqualTo(List.of("compact", "delete"));
    }

    @Test
    void listsMayBeEmptyOrRepeatThemselves() {
        assertThat(parse("cleanup.policy", "")).isEqualTo(List.of());
        assertThat(parse("cleanup.policy", "delete,delete")).isEqualTo(List.of("delete", "delete"));
        assertRefused("cleanup.policy", "delete,");
        assertRefused("cleanup.policy", "x");
    }

    @Test
    void booleansComeInAnyCase() {
        assertThat(parse("preallocate", "TRUE")).isEqualTo(true);
        assertRefused("preallocate", "yes");
    }

    @Test
    void rangesAreKafkas() {
        assertThat(parse("retention.ms", "-1")).isEqualTo(-1L);
        assertRefused("retention.ms", "-2");
        assertThat(parse("retention.bytes", "-7")).isEqualTo(-7L);
        assertRefused("segment.bytes", "1k");
        assertRefused("segment.bytes", "1000");
        assertRefused("compression.type", "GZIP");
        assertRefused("compression.gzip.level", "0");
        assertRefused("min.cleanable.dirty.ratio", "1.5");
        assertRefused("message.timestamp.type", "logappendtime");
        assertRefused("retention.ms", "99999999999999999999");
        assertRefused("min.insync.replicas", "1.0");
        assertRefused("retention.ms", "");
    }

    @Test
    void throttledReplicasAreListedOrAll() {
        assertThat(parse("leader.replication.throttled.replicas", "*")).isEqualTo(List.of("*"));
        assertThat(parse("leader.replication.throttled.replicas", "0:1,1:2")).isEqualTo(List.of("0:1", "1:2"));
        assertRefused("leader.replication.throttled.replicas", "0:x");
        assertRefused("leader.replication.throttled.replicas", "*,0:1");
    }

    @Test
    void compactionLagsMustNotCross() {
        assertThatThrownBy(() ->
                        TopicConfigKeys.validate(Map.of("min.compaction.lag.ms", "100", "max.compaction.lag.ms", "50")))
                .hasMessageContaining("min.compaction.lag.ms (100)");
        assertThatCode(() ->
                        TopicConfigKeys.validate(Map.of("min.compaction.lag.ms", "50", "max.compaction.lag.ms", "50")))
                .doesNotThrowAnyException();
    }

    @Test
    void unknownKeysComeWithTheNearestKnownOne() {
        assertThatThrownBy(() -> TopicConfigKeys.validate(Map.of("retention.mss", "1")))
                .hasMessageContaining("did you mean retention.ms?");
        assertThatThrownBy(() -> TopicConfigKeys.validate(Map.of("something.else", "1")))
                .hasMessage("Unknown topic config name: something.else");
    }

    @Test
    void secretsAreNotRepeated() {
        ConfigKey key = ConfigKey.passwordKey("secret").rule(ConfigRule.matching("a long one", text -> false));
        assertThatThrownBy(() -> key.parse("hunter2"))
                .hasMessageNotContaining("hunter2")
                .hasMessageContaining("secret");
    }

    @Test
    void classesCannotBePluggedIn() {
        ConfigKey key = BrokerConfigKeys.SCHEMA.key("create.topic.policy.class.name");
        assertThatThrownBy(() -> key.parse("com.example.Policy")).hasMessageContaining("com.example.Policy");
    }
}
