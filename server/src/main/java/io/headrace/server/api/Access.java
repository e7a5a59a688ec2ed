package io.headrace.server.api;

import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.security.Principal;

/**
 * What the sender of one request may do.
 *
 * @param principal who sent it
 * @param clientHost from where
 * @param authorizer the judge
 */
record Access(Principal principal, String clientHost, Authorizer authorizer) {
    static Access of(RequestContext context, Authorizer authorizer) {
        return new Access(context.principal(), context.clientHost(), authorizer);
    }

    boolean allows(Operation operation, ResourceType type, String name) {
        return authorizer.allows(principal, clientHost, operation, type, name);
    }
}
