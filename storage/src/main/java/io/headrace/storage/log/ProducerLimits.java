package io.headrace.storage.log;

/**
 * How much a partition remembers of its producers.
 *
 * @param producersMax most producers of one partition
 * @param expirationMs {@code producer.id.expiration.ms}: how long a silent producer is remembered
 */
public record ProducerLimits(int producersMax, long expirationMs) {
    /** A day, as in Kafka, and more producers than a partition should ever see in one. */
    public static final ProducerLimits DEFAULT = new ProducerLimits(100_000, 86_400_000L);
}
