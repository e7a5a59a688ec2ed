package io.headrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a log may show of a message. */
class RedactionTest {
    private static final String SECRET = "open sesame";
    private static final byte[] SECRET_BYTES = SECRET.getBytes(StandardCharsets.US_ASCII);

    @Test
    void credentialsAreNeverShown() {
        List<ApiMessage> messages = List.of(
                new SaslAuthenticateRequest().setAuthBytes(SECRET_BYTES),
                new SaslAuthenticateResponse().setAuthBytes(SECRET_BYTES),
                new CreateDelegationTokenResponse().setHmac(SECRET_BYTES),
                new RenewDelegationTokenRequest().setHmac(SECRET_BYTES),
                new ExpireDelegationTokenRequest().setHmac(SECRET_BYTES),
                new DescribeDelegationTokenResponse()
                        .setTokens(List.of(
                                new DescribeDelegationTokenResponse.DescribedDelegationToken().setHmac(SECRET_BYTES))),
                new AlterUserScramCredentialsRequest()
                        .setUpsertions(List.of(new AlterUserScramCredentialsRequest.ScramCredentialUpsertion()
                                .setName("ali")
                                .setSalt(SECRET_BYTES)
                                .setSaltedPassword(SECRET_BYTES))),
                new AlterConfigsRequest()
                        .setResources(List.of(new AlterConfigsRequest.AlterConfigsResource()
                                .setConfigs(List.of(new AlterConfigsRequest.AlterableConfig()
                                        .setName("ssl.key.password")
                                        .setValue(SECRET))))),
                new IncrementalAlterConfigsRequest()
                        .setResources(List.of(new IncrementalAlterConfigsRequest.AlterConfigsResource()
                                .setConfigs(List.of(new IncrementalAlterConfigsRequest.AlterableConfig()
                                        .setName("ssl.key.password")
                                        .setValue(SECRET))))));
        for (ApiMessage message : messages) {
            assertThat(message.toString())
                    .contains("<redacted>")
                    .doesNotContain(SECRET)
                    .doesNotContain("111, 112, 101")
                    .doesNotContain(SECRET_BYTES.length + " bytes");
        }
    }

    @Test
    void otherBytesAreShownAsTheirSize() {
        assertThat(new SyncGroupResponse().setAssignment(SECRET_BYTES).toString())
                .contains("assignment=<11 bytes>");
        assertThat(new EnvelopeRequest().setRequestPrincipal(null).toString()).contains("requestPrincipal=null");
    }

    @Test
    void theRestIsReadable() {
        assertThat(new HeartbeatRequest()
                        .setGroupId("g")
                        .setGenerationId(3)
                        .setMemberId("m")
                        .toString())
                .isEqualTo("HeartbeatRequest(groupId=g, generationId=3, memberId=m, groupInstanceId=null)");
    }
}
