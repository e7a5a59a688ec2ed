package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.shortKey;

import java.util.List;

/** The broker's keys about transactions and idempotent producers. */
final class TransactionKeys {
    static final List<ConfigKey> KEYS = List.of(
            intKey("transaction.state.log.num.partitions", 50)
                    .atLeast(1)
                    .high()
                    .doc("The partitions of the transaction topic; it cannot change afterwards."),
            shortKey("transaction.state.log.replication.factor", 3)
                    .atLeast(1)
                    .high()
                    .doc("The replicas of the transaction topic; never more than there are brokers."),
            intKey("transaction.state.log.min.isr", 2)
                    .atLeast(1)
                    .high()
                    .doc("The in-sync replicas that the transaction topic needs; never more than its replicas."),
            intKey("transaction.state.log.segment.bytes", 104_857_600)
                    .atLeast(1)
                    .high()
                    .doc("The segment size of the transaction topic."),
            intKey("transaction.state.log.load.buffer.size", 5_242_880)
                    .atLeast(1)
                    .high()
                    .doc("The bytes read at once when a coordinator loads its transactions."),
            intKey("transaction.max.timeout.ms", 900_000)
                    .atLeast(1)
                    .high()
                    .doc("The longest timeout that a transaction may ask for."),
            intKey("transactional.id.expiration.ms", 604_800_000)
                    .atLeast(1)
                    .high()
                    .doc("How long a transactional id without a transaction is remembered."),
            intKey("transaction.abort.timed.out.transaction.cleanup.interval.ms", 10000)
                    .atLeast(1)
                    .low()
                    .doc("How often transactions past their timeout are looked for."),
            intKey("transaction.remove.expired.transaction.cleanup.interval.ms", 3_600_000)
                    .atLeast(1)
                    .low()
                    .doc("How often expired transactional ids are looked for."),
            booleanKey("transaction.partition.verification.enable", true)
                    .low()
                    .clusterWide()
                    .doc("Whether a transactional write is checked against the coordinator first."),
            booleanKey("transaction.two.phase.commit.enable", false)
                    .low()
                    .doc("Whether producers may take part in an outside two-phase commit."),
            intKey("producer.id.expiration.ms", 86_400_000)
                    .atLeast(1)
                    .low()
                    .clusterWide()
                    .doc("How long a partition remembers a producer that no longer writes."),
            intKey("producer.id.expiration.check.interval.ms", 600_000)
                    .atLeast(1)
                    .low()
                    .hidden()
                    .doc("How often forgotten producers are looked for."),
            intKey("headrace.producers.per.partition.max", 100_000)
                    .between(1_000, 10_000_000)
                    .low()
                    .doc("How many producers a partition remembers; with more, the one that has been quiet the longest"
                            + " goes."),
            intKey("headrace.producer.ids.per.second", 100)
                    .between(1, 1_000_000)
                    .low()
                    .doc("How many producer ids without transactions one client at one address may ask for; a hundred"
                            + " seconds' worth at once."),
            intKey("add.partitions.to.txn.retry.backoff.ms", 20)
                    .atLeast(1)
                    .high()
                    .doc("The pause before a partition is again added to a transaction that is still completing."),
            intKey("add.partitions.to.txn.retry.backoff.max.ms", 100)
                    .atLeast(0)
                    .high()
                    .doc("How long adding a partition is tried while a transaction is completing."));

    private TransactionKeys() {}
}
