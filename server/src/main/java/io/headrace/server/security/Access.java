package io.headrace.server.security;

import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;

/**
 * What the sender of one request may do.
 *
 * @param principal who sent it
 * @param clientHost from where
 * @param authorizer the judge
 */
public record Access(Principal principal, String clientHost, Authorizer authorizer) {
    /** What the sender of this request may do. */
    public static Access of(RequestContext context, Authorizer authorizer) {
        return new Access(context.principal(), context.clientHost(), authorizer);
    }

    /** Whether the operation is allowed on the named resource. */
    public boolean allows(Operation operation, ResourceType type, String name) {
        return authorizer.allows(principal, clientHost, operation, type, name);
    }

    /** Whether the operation is allowed on at least one resource of a type. */
    public boolean allowsOnAny(Operation operation, ResourceType type) {
        return authorizer.allowsOnAny(principal, clientHost, operation, type);
    }

    /** Whether the operation is allowed on the cluster as a whole. */
    public boolean allowsOnCluster(Operation operation) {
        return allows(operation, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME);
    }
}
