package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateAclsRequest;
import io.headrace.protocol.message.CreateAclsRequest.AclCreation;
import io.headrace.protocol.message.CreateAclsResponse;
import io.headrace.protocol.message.CreateAclsResponse.AclCreationResult;
import io.headrace.protocol.message.CreateDelegationTokenRequest;
import io.headrace.protocol.message.CreateDelegationTokenResponse;
import io.headrace.protocol.message.DeleteAclsRequest;
import io.headrace.protocol.message.DeleteAclsRequest.DeleteAclsFilter;
import io.headrace.protocol.message.DeleteAclsResponse;
import io.headrace.protocol.message.DeleteAclsResponse.DeleteAclsFilterResult;
import io.headrace.protocol.message.DescribeAclsRequest;
import io.headrace.protocol.message.DescribeAclsResponse;
import io.headrace.protocol.message.DescribeDelegationTokenRequest;
import io.headrace.protocol.message.DescribeDelegationTokenResponse;
import io.headrace.protocol.message.ExpireDelegationTokenRequest;
import io.headrace.protocol.message.ExpireDelegationTokenResponse;
import io.headrace.protocol.message.RenewDelegationTokenRequest;
import io.headrace.protocol.message.RenewDelegationTokenResponse;
import io.headrace.protocol.message.SaslAuthenticateRequest;
import io.headrace.protocol.message.SaslAuthenticateResponse;
import io.headrace.protocol.message.SaslHandshakeRequest;
import io.headrace.protocol.message.SaslHandshakeResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a Kafka 4.3.1 without an authorizer answers, and one whose listener is PLAINTEXT. */
final class RefusedSecurityTest {
    @Test
    void describingRulesSaysThatThereIsNoAccessControl() {
        for (int version = 1; version <= 3; version++) {
            DescribeAclsResponse answer = AnsweredRequest.ask(
                    new DescribeAclsHandler(), version, new DescribeAclsRequest(), DescribeAclsResponse.class);
            assertThat(answer.errorCode()).isEqualTo(ErrorCode.SECURITY_DISABLED.code());
            assertThat(answer.errorMessage()).isNotEmpty();
            assertThat(answer.resources()).isEmpty();
        }
    }

    @Test
    void everyNewRuleIsRefused() {
        CreateAclsRequest two = new CreateAclsRequest().setCreations(List.of(rule("User:a"), rule("User:b")));
        assertThat(AnsweredRequest.ask(new CreateAclsHandler(), 3, two, CreateAclsResponse.class)
                        .results())
                .extracting(AclCreationResult::errorCode)
                .containsExactly(ErrorCode.SECURITY_DISABLED.code(), ErrorCode.SECURITY_DISABLED.code());
    }

    @Test
    void everyDeletionIsRefused() {
        DeleteAclsRequest one = new DeleteAclsRequest().setFilters(List.of(new DeleteAclsFilter()));
        assertThat(AnsweredRequest.ask(new DeleteAclsHandler(), 3, one, DeleteAclsResponse.class)
                        .filterResults())
                .extracting(DeleteAclsFilterResult::errorCode)
                .containsExactly(ErrorCode.SECURITY_DISABLED.code());
    }

    @Test
    void nobodyIsAskedWhoTheyAre() {
        SaslHandshakeResponse handshake = AnsweredRequest.ask(
                new SaslHandshakeHandler(),
                1,
                new SaslHandshakeRequest().setMechanism("PLAIN"),
                SaslHandshakeResponse.class);
        assertThat(handshake.errorCode()).isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
        assertThat(handshake.mechanisms()).isEmpty();
        SaslAuthenticateResponse authentication = AnsweredRequest.ask(
                new SaslAuthenticateHandler(), 2, new SaslAuthenticateRequest(), SaslAuthenticateResponse.class);
        assertThat(authentication.errorCode()).isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
        assertThat(authentication.errorMessage()).isNotEmpty();
    }

    @Test
    void nobodyGetsATokenWithoutAuthentication() {
        short notAllowed = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        for (int version = 1; version <= 3; version++) {
            CreateDelegationTokenResponse created = AnsweredRequest.ask(
                    new CreateDelegationTokenHandler(),
                    version,
                    new CreateDelegationTokenRequest(),
                    CreateDelegationTokenResponse.class);
            assertThat(created.errorCode()).isEqualTo(notAllowed);
            assertThat(created.principalType() + ":" + created.principalName()).isEqualTo("User:ANONYMOUS");
            assertThat(created.expiryTimestampMs()).isEqualTo(-1);
            DescribeDelegationTokenResponse described = AnsweredRequest.ask(
                    new DescribeDelegationTokenHandler(),
                    version,
                    new DescribeDelegationTokenRequest(),
                    DescribeDelegationTokenResponse.class);
            assertThat(described.errorCode()).isEqualTo(notAllowed);
        }
        assertThat(AnsweredRequest.ask(
                                new RenewDelegationTokenHandler(),
                                2,
                                new RenewDelegationTokenRequest(),
                                RenewDelegationTokenResponse.class)
                        .errorCode())
                .isEqualTo(notAllowed);
        assertThat(AnsweredRequest.ask(
                                new ExpireDelegationTokenHandler(),
                                2,
                                new ExpireDelegationTokenRequest(),
                                ExpireDelegationTokenResponse.class)
                        .errorCode())
                .isEqualTo(notAllowed);
    }

    private static AclCreation rule(String principal) {
        return new AclCreation()
                .setResourceType((byte) 2)
                .setResourceName("a")
                .setPrincipal(principal)
                .setHost("*")
                .setOperation((byte) 3)
                .setPermissionType((byte) 3);
    }
}
