package io.headrace.core.config;

/**
 * Transactions and producer ids. Times are in milliseconds.
 *
 * @param stateTopic how the transaction topic is created
 * @param timeoutMsMax longest timeout that a transaction may ask for
 * @param transactionalIdExpirationMs how long a transactional id without a transaction is remembered
 * @param timeoutCheckIntervalMs how often transactions past their timeout are looked for
 * @param expirationCheckIntervalMs how often expired transactional ids are looked for
 * @param producerIdExpirationMs how long a partition remembers a silent producer
 * @param producersPerPartitionMax how many producers a partition remembers
 * @param producerIdsPerSecond how many producer ids without transactions one client may ask for
 * @param verifyPartitions whether a transactional write is checked against the coordinator first
 * @param verificationRetryMs when a coordinator is asked again that was busy with the producer's last transaction
 * @param verificationRetryMsMax for how long it is asked again
 * @param twoPhaseCommit whether producers may take part in an outside two-phase commit
 */
public record TransactionConfig(
        InternalTopicConfig stateTopic,
        int timeoutMsMax,
        int transactionalIdExpirationMs,
        int timeoutCheckIntervalMs,
        int expirationCheckIntervalMs,
        int producerIdExpirationMs,
        int producersPerPartitionMax,
        int producerIdsPerSecond,
        boolean verifyPartitions,
        int verificationRetryMs,
        int verificationRetryMsMax,
        boolean twoPhaseCommit) {

    static TransactionConfig of(BrokerConfig config) {
        return new TransactionConfig(
                new InternalTopicConfig(
                        config.intValue("transaction.state.log.num.partitions"),
                        config.shortValue("transaction.state.log.replication.factor"),
                        config.intValue("transaction.state.log.min.isr"),
                        config.intValue("transaction.state.log.segment.bytes")),
                config.intValue("transaction.max.timeout.ms"),
                config.intValue("transactional.id.expiration.ms"),
                config.intValue("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
                config.intValue("transaction.remove.expired.transaction.cleanup.interval.ms"),
                config.intValue("producer.id.expiration.ms"),
                config.intValue("headrace.producers.per.partition.max"),
                config.intValue("headrace.producer.ids.per.second"),
                config.booleanValue("transaction.partition.verification.enable"),
                config.intValue("add.partitions.to.txn.retry.backoff.ms"),
                config.intValue("add.partitions.to.txn.retry.backoff.max.ms"),
                config.booleanValue("transaction.two.phase.commit.enable"));
    }
}
