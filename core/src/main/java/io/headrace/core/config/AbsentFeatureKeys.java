package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.classKey;
import static io.headrace.core.config.ConfigKey.doubleKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.passwordKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/**
 * The broker's keys about what Kafka has and this broker does not: tiered storage, OAuth, controllers apart from brokers. They
 * are described to clients and checked where they are set. Loaded when somebody asks for all keys or for one that is rare, so
 * that a start does without.
 */
final class AbsentFeatureKeys {
    static final ConfigSchema SCHEMA = new ConfigSchema(List.of(
            longKey("controller.performance.always.log.threshold.ms", 2000L)
                    .hidden()
                    .doc("From how long on each slow event of a controller is logged."),
            longKey("controller.performance.sample.period.ms", 60000L)
                    .hidden()
                    .doc("How often a controller logs its slowest event."),
            intKey("controller.socket.timeout.ms", 30000)
                    .doc("How long a broker waits for an answer from its controller."),
            stringKey(
                            "group.share.persister.class.name",
                            "org.apache.kafka.server.share.persister.DefaultStatePersister")
                    .hidden()
                    .doc("The class that keeps the state of share groups."),
            longKey("internal.metadata.delete.delay.millis", 60000L)
                    .low()
                    .hidden()
                    .doc("How long files of the metadata log that were replaced are kept."),
            intKey("internal.metadata.log.segment.bytes", null)
                    .low()
                    .hidden()
                    .doc("The size of a segment of the metadata log, for tests."),
            intKey("internal.metadata.max.batch.size.in.bytes", 8388608)
                    .low()
                    .hidden()
                    .doc("The largest batch of the metadata log."),
            intKey("kafka.metrics.polling.interval.secs", 10).low().doc("How often reporters of metrics are called."),
            listKey("kafka.metrics.reporters", "").low().doc("Classes that report metrics; metrics are scraped here."),
            intKey("remote.fetch.max.wait.ms", 500).clusterWide().doc("How long a fetch waits for tiered storage."),
            longKey("remote.list.offsets.request.timeout.ms", 30000L)
                    .clusterWide()
                    .doc("How long a search by time in tiered storage may take."),
            longKey("remote.log.index.file.cache.total.size.bytes", 1073741824L)
                    .low()
                    .clusterWide()
                    .doc("How much of the indexes of tiered segments is kept locally."),
            longKey("remote.log.index.file.cache.ttl.ms", 900000L)
                    .low()
                    .hidden()
                    .doc("How long an unused index of a tiered segment is kept locally."),
            intKey("remote.log.manager.copier.thread.pool.size", 10)
                    .clusterWide()
                    .doc("The threads that copy segments to tiered storage."),
            longKey("remote.log.manager.copy.max.bytes.per.second", Long.MAX_VALUE)
                    .clusterWide()
                    .doc("How fast segments are copied to tiered storage."),
            intKey("remote.log.manager.copy.quota.window.num", 11)
                    .doc("How many samples the speed of copying to tiered storage is measured over."),
            intKey("remote.log.manager.copy.quota.window.size.seconds", 1)
                    .doc("The length of one sample of the speed of copying to tiered storage."),
            intKey("remote.log.manager.expiration.thread.pool.size", 10)
                    .clusterWide()
                    .doc("The threads that delete expired segments from tiered storage."),
            longKey("remote.log.manager.fetch.max.bytes.per.second", Long.MAX_VALUE)
                    .clusterWide()
                    .doc("How fast tiered storage is read."),
            intKey("remote.log.manager.fetch.quota.window.num", 11)
                    .doc("How many samples the speed of reading tiered storage is measured over."),
            intKey("remote.log.manager.fetch.quota.window.size.seconds", 1)
                    .doc("The length of one sample of the speed of reading tiered storage."),
            intKey("remote.log.manager.follower.thread.pool.size", 2)
                    .clusterWide()
                    .doc("The threads that keep followers up with tiered storage."),
            longKey("remote.log.manager.task.interval.ms", 30000L)
                    .low()
                    .doc("How often segments to copy to tiered storage are looked for."),
            longKey("remote.log.manager.task.retry.backoff.max.ms", 30000L)
                    .low()
                    .hidden()
                    .doc("The longest pause before tiered storage is tried again."),
            longKey("remote.log.manager.task.retry.backoff.ms", 500L)
                    .low()
                    .hidden()
                    .doc("The first pause before tiered storage is tried again."),
            doubleKey("remote.log.manager.task.retry.jitter", 0.2)
                    .low()
                    .hidden()
                    .doc("How much the pauses before tiered storage is tried again vary."),
            intKey("remote.log.manager.thread.pool.size", 2).doc("The threads for other work on tiered storage."),
            intKey("remote.log.metadata.custom.metadata.max.bytes", 128)
                    .low()
                    .doc("How much a plug-in for tiered storage may note about a segment."),
            stringKey(
                            "remote.log.metadata.manager.class.name",
                            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager")
                    .doc("The class that keeps track of tiered segments."),
            stringKey("remote.log.metadata.manager.class.path", null).doc("Where that class is."),
            stringKey("remote.log.metadata.manager.impl.prefix", "rlmm.config.")
                    .doc("What the settings of that class begin with."),
            stringKey("remote.log.metadata.manager.listener.name", null).doc("The listener that it connects to."),
            intKey("remote.log.reader.max.pending.tasks", 100).doc("How many reads of tiered storage may wait."),
            intKey("remote.log.reader.threads", 10).clusterWide().doc("The threads that read tiered storage."),
            stringKey("remote.log.storage.manager.class.name", null).doc("The class that stores tiered segments."),
            stringKey("remote.log.storage.manager.class.path", null).doc("Where that class is."),
            stringKey("remote.log.storage.manager.impl.prefix", "rsm.config.")
                    .doc("What the settings of that class begin with."),
            intKey("sasl.login.connect.timeout.ms", null)
                    .low()
                    .doc("How long connecting to an outside authority may take at a login."),
            intKey("sasl.login.read.timeout.ms", null)
                    .low()
                    .doc("How long the answer of an outside authority may take at a login."),
            longKey("sasl.login.retry.backoff.max.ms", 10000L)
                    .low()
                    .doc("The longest pause between attempts to log in."),
            longKey("sasl.login.retry.backoff.ms", 100L).low().doc("The first pause between attempts to log in."),
            stringKey("sasl.oauthbearer.assertion.algorithm", "RS256")
                    .doc("The algorithm that signs an assertion for an OAuth login."),
            stringKey("sasl.oauthbearer.assertion.claim.aud", null).doc("The audience that an assertion names."),
            intKey("sasl.oauthbearer.assertion.claim.exp.seconds", 300).low().doc("How long an assertion is valid."),
            stringKey("sasl.oauthbearer.assertion.claim.iss", null).doc("The issuer that an assertion names."),
            booleanKey("sasl.oauthbearer.assertion.claim.jti.include", false)
                    .doc("Whether each assertion gets an id of its own."),
            intKey("sasl.oauthbearer.assertion.claim.nbf.seconds", 60)
                    .low()
                    .doc("For how long before it is made an assertion counts as valid."),
            stringKey("sasl.oauthbearer.assertion.claim.sub", null).doc("The subject that an assertion names."),
            stringKey("sasl.oauthbearer.assertion.file", null)
                    .doc("The file with an assertion that was made elsewhere."),
            stringKey("sasl.oauthbearer.assertion.private.key.file", null)
                    .doc("The file with the key that signs assertions."),
            passwordKey("sasl.oauthbearer.assertion.private.key.passphrase").doc("The passphrase of that key."),
            stringKey("sasl.oauthbearer.assertion.template.file", null)
                    .doc("The file with further headers and claims of assertions."),
            stringKey("sasl.oauthbearer.client.credentials.client.id", null).doc("The client id for an OAuth login."),
            passwordKey("sasl.oauthbearer.client.credentials.client.secret")
                    .doc("The client secret for an OAuth login."),
            longKey("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", 10000L)
                    .low()
                    .doc("The longest pause between attempts to read the keys that sign OAuth tokens."),
            longKey("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", 100L)
                    .low()
                    .doc("The first pause between attempts to read the keys that sign OAuth tokens."),
            classKey(
                            "sasl.oauthbearer.jwt.retriever.class",
                            ConfigType.CLASS,
                            "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
                            "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever")
                    .doc("The class that obtains OAuth tokens."),
            classKey(
                            "sasl.oauthbearer.jwt.validator.class",
                            ConfigType.CLASS,
                            "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
                            "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator")
                    .doc("The class that checks OAuth tokens."),
            stringKey("sasl.oauthbearer.scope", null).doc("The scope that an OAuth login asks for."),
            stringKey("sasl.oauthbearer.token.endpoint.url", null).doc("Where OAuth tokens are to be had."),
            booleanKey("unstable.api.versions.enable", false)
                    .high()
                    .hidden()
                    .doc("Whether versions of requests are served that are not final; they are not."),
            booleanKey("unstable.feature.versions.enable", false)
                    .high()
                    .hidden()
                    .doc("Whether levels of features may be used that are not final; they may not.")));

    private AbsentFeatureKeys() {}
}
