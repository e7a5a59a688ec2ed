package io.headrace.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicConfigTest {
    @Test
    void defaultsAreKafkasWithDurableAcknowledgement() {
        TopicConfig config = TopicConfig.DEFAULT;
        assertThat(config.delete()).isTrue();
        assertThat(config.compact()).isFalse();
        assertThat(config.retentionMs()).isEqualTo(604_800_000L);
        assertThat(config.batchRules().batchBytesMax()).isEqualTo(1_048_588);
        assertThat(config.compressionType()).isEqualTo(CompressionType.PRODUCER);
        assertThat(config.fsync()).isTrue();
    }

    @Test
    void overridesWinOverTheBrokersValues() {
        Map<String, String> broker = Map.of("log.retention.ms", "5", "log.cleanup.policy", "compact");
        TopicConfig config = TopicConfig.of(Map.of("retention.ms", "7"), broker);
        assertThat(config.retentionMs()).isEqualTo(7);
        assertThat(config.compact()).isTrue();
        assertThat(config.delete()).isFalse();
    }

    @Test
    void millisecondsWinOverMinutesOverHours() {
        assertThat(retention(Map.of("log.retention.hours", "2"))).isEqualTo(7_200_000);
        assertThat(retention(Map.of("log.retention.hours", "2", "log.retention.minutes", "3")))
                .isEqualTo(180_000);
        assertThat(retention(Map.of("log.retention.hours", "2", "log.retention.ms", "4")))
                .isEqualTo(4);
        assertThat(retention(Map.of("log.retention.hours", "-1"))).isEqualTo(-1);
        assertThat(TopicConfig.of(Map.of(), Map.of("log.roll.hours", "1")).segmentMs())
                .isEqualTo(3_600_000);
        assertThat(TopicConfig.inherited(
                        TopicConfigKeys.SCHEMA.key("flush.ms"), Map.of("log.flush.scheduler.interval.ms", "9")))
                .isEqualTo("9");
    }

    @Test
    void durabilityComesFromBrokerOrTopic() {
        assertThat(TopicConfig.of(Map.of(), Map.of("durability", "os")).fsync()).isFalse();
        assertThat(TopicConfig.of(Map.of("durability", "fsync"), Map.of("durability", "os"))
                        .fsync())
                .isTrue();
    }

    @Test
    void aSyncForEachRecordIsDurability() {
        Map<String, String> os = Map.of("durability", "os");
        assertThat(TopicConfig.of(Map.of("flush.messages", "1"), os).fsync()).isTrue();
        assertThat(TopicConfig.of(Map.of("flush.messages", "2"), os).fsync()).isFalse();
        assertThat(TopicConfig.of(Map.of(), Map.of("durability", "os", "log.flush.interval.messages", "1"))
                        .fsync())
                .isTrue();
    }

    @Test
    void smallSegmentsAreForTests() {
        assertThat(TopicConfig.of(Map.of("internal.segment.bytes", "100")).segmentBytes())
                .isEqualTo(100);
    }

    @Test
    void compressionLevelIsTheOneOfTheType() {
        TopicConfig config = TopicConfig.of(Map.of("compression.type", "zstd", "compression.zstd.level", "7"));
        assertThat(config.compressionType()).isEqualTo(CompressionType.ZSTD);
        assertThat(config.compressionLevel()).isEqualTo(7);
    }

    private static long retention(Map<String, String> broker) {
        return TopicConfig.of(Map.of(), broker).retentionMs();
    }
}
