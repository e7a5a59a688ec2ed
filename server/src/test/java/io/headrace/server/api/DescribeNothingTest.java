package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeClientQuotasRequest;
import io.headrace.protocol.message.DescribeClientQuotasRequest.ComponentData;
import io.headrace.protocol.message.DescribeClientQuotasResponse;
import io.headrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.headrace.protocol.message.DescribeUserScramCredentialsRequest.UserName;
import io.headrace.protocol.message.DescribeUserScramCredentialsResponse;
import io.headrace.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.headrace.server.security.Authorizer;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** Descriptions of what this broker cannot have. */
final class DescribeNothingTest {
    private static final Authorizer NOTHING_ALLOWED = (principal, host, operation, type, name) -> false;

    @Test
    void thereAreNoQuotas() {
        for (int version = 0; version <= 1; version++) {
            DescribeClientQuotasResponse answer = quotas(Authorizer.ALLOW_ALL, version, "user", 2);
            assertThat(answer.errorCode()).isZero();
            assertThat(answer.entries()).isEmpty();
        }
    }

    @Test
    void questionsAboutQuotasAreChecked() {
        assertThat(quotas(Authorizer.ALLOW_ALL, 1, "user", 3).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(quotas(Authorizer.ALLOW_ALL, 1, "user", -1).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(quotas(Authorizer.ALLOW_ALL, 1, "", 0).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        DescribeClientQuotasResponse refused = quotas(NOTHING_ALLOWED, 1, "user", 2);
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
        assertThat(refused.entries()).isNull();
    }

    @Test
    void nobodyHasCredentials() {
        DescribeUserScramCredentialsResponse all =
                credentials(Authorizer.ALLOW_ALL, new DescribeUserScramCredentialsRequest().setUsers(null));
        assertThat(all.errorCode()).isZero();
        assertThat(all.results()).isEmpty();
        assertThat(credentials(Authorizer.ALLOW_ALL, users("a", "b", "a")).results())
                .extracting(DescribeUserScramCredentialsResult::user, DescribeUserScramCredentialsResult::errorCode)
                .containsExactly(
                        Tuple.tuple("a", ErrorCode.DUPLICATE_RESOURCE.code()),
                        Tuple.tuple("b", ErrorCode.RESOURCE_NOT_FOUND.code()));
        assertThat(credentials(NOTHING_ALLOWED, users("a")).errorCode())
                .isEqualTo(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
    }

    private static DescribeClientQuotasResponse quotas(
            Authorizer authorizer, int version, String entityType, int matchType) {
        ComponentData component = new ComponentData().setEntityType(entityType).setMatchType((byte) matchType);
        return AnsweredRequest.ask(
                new DescribeClientQuotasHandler(authorizer),
                version,
                new DescribeClientQuotasRequest().setComponents(List.of(component)),
                DescribeClientQuotasResponse.class);
    }

    private static DescribeUserScramCredentialsRequest users(String... names) {
        return new DescribeUserScramCredentialsRequest()
                .setUsers(Stream.of(names)
                        .map(name -> new UserName().setName(name))
                        .toList());
    }

    private static DescribeUserScramCredentialsResponse credentials(
            Authorizer authorizer, DescribeUserScramCredentialsRequest request) {
        return AnsweredRequest.ask(
                new DescribeUserScramCredentialsHandler(authorizer),
                0,
                request,
                DescribeUserScramCredentialsResponse.class);
    }
}
