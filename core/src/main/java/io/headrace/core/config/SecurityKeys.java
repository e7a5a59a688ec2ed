package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.classKey;
import static io.headrace.core.config.ConfigKey.doubleKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.passwordKey;
import static io.headrace.core.config.ConfigKey.shortKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about TLS, SASL, authorization and delegation tokens. */
final class SecurityKeys {
    static final List<ConfigKey> KEYS = List.of(
            stringKey("authorizer.class.name", "")
                    .rule(ConfigRule.matching(
                            "nothing: access control is not supported yet, and nobody should rely on it",
                            String::isEmpty))
                    .low()
                    .doc("How requests are authorized; empty to allow all."),
            classKey(
                            "principal.builder.class",
                            ConfigType.CLASS,
                            "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
                            "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder")
                    .perBroker()
                    .doc("How a principal is made of a connection."),
            stringKey("security.providers", null).low().doc("Security providers to install; none can be."),
            listKey("sasl.enabled.mechanisms", "GSSAPI")
                    .rule(ConfigRule.noEmptyElements())
                    .perBroker()
                    .doc("The SASL mechanisms that clients may use."),
            stringKey("sasl.mechanism.inter.broker.protocol", "GSSAPI")
                    .perBroker()
                    .doc("The SASL mechanism that brokers use among themselves."),
            stringKey("sasl.mechanism.controller.protocol", "GSSAPI")
                    .high()
                    .doc("The SASL mechanism that controllers use among themselves."),
            passwordKey("sasl.jaas.config").perBroker().doc("The login settings of a SASL listener."),
            intKey("sasl.server.max.receive.size", 524_288)
                    .doc("The largest SASL message that is read before a client is authenticated."),
            classKey("sasl.server.callback.handler.class", ConfigType.CLASS, null)
                    .doc("A class that checks credentials."),
            classKey("sasl.client.callback.handler.class", ConfigType.CLASS, null)
                    .doc("A class that supplies credentials to other nodes."),
            classKey("sasl.login.callback.handler.class", ConfigType.CLASS, null)
                    .doc("A class that handles a login."),
            classKey("sasl.login.class", ConfigType.CLASS, null).doc("A class that logs in."),
            stringKey("sasl.kerberos.service.name", null).perBroker().doc("The service name in Kerberos tickets."),
            stringKey("sasl.kerberos.kinit.cmd", "/usr/bin/kinit")
                    .perBroker()
                    .doc("The path of the program that renews Kerberos tickets."),
            longKey("sasl.kerberos.min.time.before.relogin", 60000L)
                    .perBroker()
                    .doc("The shortest time between two Kerberos logins."),
            listKey("sasl.kerberos.principal.to.local.rules", "DEFAULT")
                    .rule(ConfigRule.noEmptyElements())
                    .perBroker()
                    .doc("Rules that turn Kerberos principals into user names."),
            doubleKey("sasl.kerberos.ticket.renew.jitter", 0.05)
                    .perBroker()
                    .doc("The random part of the time at which a Kerberos ticket is renewed."),
            doubleKey("sasl.kerberos.ticket.renew.window.factor", 0.8)
                    .perBroker()
                    .doc("The part of its life after which a Kerberos ticket is renewed."),
            shortKey("sasl.login.refresh.buffer.seconds", 300)
                    .perBroker()
                    .doc("How long before its end a token is refreshed at the latest."),
            shortKey("sasl.login.refresh.min.period.seconds", 60)
                    .perBroker()
                    .doc("The shortest time between two refreshes of a token."),
            doubleKey("sasl.login.refresh.window.factor", 0.8)
                    .perBroker()
                    .doc("The part of its life after which a token is refreshed."),
            doubleKey("sasl.login.refresh.window.jitter", 0.05)
                    .perBroker()
                    .doc("The random part of the time at which a token is refreshed."),
            stringKey("sasl.oauthbearer.jwks.endpoint.url", null).doc("Where the keys are that sign OAuth tokens."),
            longKey("sasl.oauthbearer.jwks.endpoint.refresh.ms", 3_600_000L)
                    .low()
                    .doc("How often the keys that sign OAuth tokens are fetched."),
            stringKey("sasl.oauthbearer.expected.issuer", null).high().doc("The issuer that an OAuth token must name."),
            listKey("sasl.oauthbearer.expected.audience", "")
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The audiences of which an OAuth token must name one."),
            intKey("sasl.oauthbearer.clock.skew.seconds", 30)
                    .low()
                    .doc("How far the clock of a token's issuer may be off."),
            stringKey("sasl.oauthbearer.scope.claim.name", "scope")
                    .low()
                    .doc("The claim that holds an OAuth token's scopes."),
            stringKey("sasl.oauthbearer.sub.claim.name", "sub")
                    .low()
                    .doc("The claim that holds an OAuth token's subject."),
            stringKey("ssl.keystore.location", null).perBroker().doc("The file with this node's key and certificates."),
            stringKey("ssl.keystore.type", "JKS").perBroker().doc("The format of the key file: JKS, PKCS12 or PEM."),
            passwordKey("ssl.keystore.password").perBroker().doc("The password of the key file."),
            passwordKey("ssl.key.password").perBroker().doc("The password of the key in the key file."),
            passwordKey("ssl.keystore.key").perBroker().doc("This node's private key as PEM text."),
            passwordKey("ssl.keystore.certificate.chain").perBroker().doc("This node's certificates as PEM text."),
            stringKey("ssl.truststore.location", null).perBroker().doc("The file with the certificates to trust."),
            stringKey("ssl.truststore.type", "JKS")
                    .perBroker()
                    .doc("The format of the trust file: JKS, PKCS12 or PEM."),
            passwordKey("ssl.truststore.password").perBroker().doc("The password of the trust file."),
            passwordKey("ssl.truststore.certificates").perBroker().doc("The certificates to trust as PEM text."),
            stringKey("ssl.client.auth", "none")
                    .rule(ConfigRule.oneOf("required", "requested", "none"))
                    .perBroker()
                    .doc("Whether clients must, may or need not show a certificate."),
            listKey("ssl.enabled.protocols", "TLSv1.2,TLSv1.3")
                    .rule(ConfigRule.noEmptyElements())
                    .perBroker()
                    .doc("The TLS versions that are accepted."),
            stringKey("ssl.protocol", "TLSv1.3").perBroker().doc("The TLS version to start from."),
            listKey("ssl.cipher.suites", "")
                    .rule(ConfigRule.noEmptyElements())
                    .perBroker()
                    .doc("The ciphers that are accepted; all safe ones when empty."),
            stringKey("ssl.endpoint.identification.algorithm", "https")
                    .low()
                    .perBroker()
                    .doc("How the host name in a certificate is checked; empty for not at all."),
            stringKey("ssl.principal.mapping.rules", "DEFAULT")
                    .low()
                    .doc("Rules that turn a certificate's name into a principal."),
            classKey("ssl.engine.factory.class", ConfigType.CLASS, null)
                    .low()
                    .perBroker()
                    .doc("A class that makes TLS engines."),
            stringKey("ssl.provider", null).perBroker().doc("The TLS provider."),
            stringKey("ssl.keymanager.algorithm", "SunX509").perBroker().doc("The algorithm for this node's keys."),
            stringKey("ssl.trustmanager.algorithm", "PKIX")
                    .perBroker()
                    .doc("The algorithm for the certificates to trust."),
            stringKey("ssl.secure.random.implementation", null)
                    .low()
                    .perBroker()
                    .doc("The source of random numbers for TLS."),
            booleanKey("ssl.allow.dn.changes", false).low().doc("Whether a new certificate may carry another name."),
            booleanKey("ssl.allow.san.changes", false)
                    .low()
                    .doc("Whether a new certificate may carry other host names."),
            passwordKey("delegation.token.secret.key").doc("The secret that signs delegation tokens."),
            longKey("delegation.token.max.lifetime.ms", 604_800_000L)
                    .atLeast(1)
                    .doc("The longest life of a delegation token."),
            longKey("delegation.token.expiry.time.ms", 86_400_000L)
                    .atLeast(1)
                    .doc("The life of a delegation token until it is renewed."),
            longKey("delegation.token.expiry.check.interval.ms", 3_600_000L)
                    .atLeast(1)
                    .low()
                    .doc("How often expired delegation tokens are removed."));

    private SecurityKeys() {}
}
