package io.headrace.core.config;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** All keys of the broker, and the names of those that Kafka has and that mean nothing here. */
public final class BrokerConfigKeys {
    /** The keys that this broker knows. */
    public static final ConfigSchema SCHEMA = new ConfigSchema(Stream.of(
                    NodeKeys.KEYS,
                    ListenerKeys.KEYS,
                    LogKeys.KEYS,
                    TopicKeys.KEYS,
                    GroupKeys.KEYS,
                    TransactionKeys.KEYS,
                    SecurityKeys.KEYS,
                    QuotaKeys.KEYS)
            .flatMap(List::stream)
            .toList());

    private static final Set<String> WITHOUT_MEANING = Set.of(
            "controller.performance.always.log.threshold.ms",
            "controller.performance.sample.period.ms",
            "controller.socket.timeout.ms",
            "group.share.persister.class.name",
            "internal.metadata.delete.delay.millis",
            "internal.metadata.log.segment.bytes",
            "internal.metadata.max.batch.size.in.bytes",
            "kafka.metrics.polling.interval.secs",
            "kafka.metrics.reporters",
            "remote.fetch.max.wait.ms",
            "remote.list.offsets.request.timeout.ms",
            "remote.log.index.file.cache.total.size.bytes",
            "remote.log.index.file.cache.ttl.ms",
            "remote.log.manager.copier.thread.pool.size",
            "remote.log.manager.copy.max.bytes.per.second",
            "remote.log.manager.copy.quota.window.num",
            "remote.log.manager.copy.quota.window.size.seconds",
            "remote.log.manager.expiration.thread.pool.size",
            "remote.log.manager.fetch.max.bytes.per.second",
            "remote.log.manager.fetch.quota.window.num",
            "remote.log.manager.fetch.quota.window.size.seconds",
            "remote.log.manager.follower.thread.pool.size",
            "remote.log.manager.task.interval.ms",
            "remote.log.manager.task.retry.backoff.max.ms",
            "remote.log.manager.task.retry.backoff.ms",
            "remote.log.manager.task.retry.jitter",
            "remote.log.manager.thread.pool.size",
            "remote.log.metadata.custom.metadata.max.bytes",
            "remote.log.metadata.manager.class.name",
            "remote.log.metadata.manager.class.path",
            "remote.log.metadata.manager.impl.prefix",
            "remote.log.metadata.manager.listener.name",
            "remote.log.reader.max.pending.tasks",
            "remote.log.reader.threads",
            "remote.log.storage.manager.class.name",
            "remote.log.storage.manager.class.path",
            "remote.log.storage.manager.impl.prefix",
            "sasl.login.connect.timeout.ms",
            "sasl.login.read.timeout.ms",
            "sasl.login.retry.backoff.max.ms",
            "sasl.login.retry.backoff.ms",
            "sasl.oauthbearer.assertion.algorithm",
            "sasl.oauthbearer.assertion.claim.aud",
            "sasl.oauthbearer.assertion.claim.exp.seconds",
            "sasl.oauthbearer.assertion.claim.iss",
            "sasl.oauthbearer.assertion.claim.jti.include",
            "sasl.oauthbearer.assertion.claim.nbf.seconds",
            "sasl.oauthbearer.assertion.claim.sub",
            "sasl.oauthbearer.assertion.file",
            "sasl.oauthbearer.assertion.private.key.file",
            "sasl.oauthbearer.assertion.private.key.passphrase",
            "sasl.oauthbearer.assertion.template.file",
            "sasl.oauthbearer.client.credentials.client.id",
            "sasl.oauthbearer.client.credentials.client.secret",
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
            "sasl.oauthbearer.jwt.retriever.class",
            "sasl.oauthbearer.jwt.validator.class",
            "sasl.oauthbearer.scope",
            "sasl.oauthbearer.token.endpoint.url",
            "unstable.api.versions.enable",
            "unstable.feature.versions.enable");

    private BrokerConfigKeys() {}

    /** Whether Kafka 4.3 knows a key that has nothing to act on here, so that it is no mistake in a file. */
    public static boolean isWithoutMeaning(String name) {
        return WITHOUT_MEANING.contains(name);
    }
}
