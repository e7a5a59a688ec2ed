package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.headrace.protocol.message.DescribeUserScramCredentialsRequest.UserName;
import io.headrace.protocol.message.DescribeUserScramCredentialsResponse;
import io.headrace.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** DescribeUserScramCredentials (KIP-554): nobody authenticates on this broker, so nobody has any. */
public final class DescribeUserScramCredentialsHandler implements RequestHandler<DescribeUserScramCredentialsRequest> {
    private final Authorizer authorizer;

    public DescribeUserScramCredentialsHandler(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DescribeUserScramCredentialsRequest request) {
        DescribeUserScramCredentialsResponse response = new DescribeUserScramCredentialsResponse();
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE)) {
            ErrorCode error = ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
            context.respond(response.setErrorCode(error.code()).setErrorMessage(error.message()));
            return;
        }
        outcomes(request).forEach((user, error) -> response.results()
                .add(new DescribeUserScramCredentialsResult()
                        .setUser(user)
                        .setErrorCode(error.code())
                        .setErrorMessage(error.message())));
        context.respond(response);
    }

    private static Map<String, ErrorCode> outcomes(DescribeUserScramCredentialsRequest request) {
        List<UserName> users = request.users();
        Map<String, ErrorCode> outcomes = new LinkedHashMap<>();
        if (users != null) {
            for (UserName user : users) {
                outcomes.merge(
                        user.name(), ErrorCode.RESOURCE_NOT_FOUND, (first, second) -> ErrorCode.DUPLICATE_RESOURCE);
            }
        }
        return outcomes;
    }
}
