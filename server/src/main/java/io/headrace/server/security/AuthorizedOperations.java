package io.headrace.server.security;

import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;

/** What a client may do with something, as a set of bits (KIP-430). */
public final class AuthorizedOperations {
    /** Stands for "was not asked for". */
    public static final int NOT_ASKED = Integer.MIN_VALUE;

    private static final List<Operation> TOPIC = List.of(
            Operation.READ,
            Operation.WRITE,
            Operation.CREATE,
            Operation.DELETE,
            Operation.ALTER,
            Operation.DESCRIBE,
            Operation.DESCRIBE_CONFIGS,
            Operation.ALTER_CONFIGS);
    private static final List<Operation> CLUSTER = List.of(
            Operation.CREATE,
            Operation.ALTER,
            Operation.DESCRIBE,
            Operation.CLUSTER_ACTION,
            Operation.DESCRIBE_CONFIGS,
            Operation.ALTER_CONFIGS,
            Operation.IDEMPOTENT_WRITE);
    private static final List<Operation> GROUP = List.of(
            Operation.READ, Operation.DELETE, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS);

    private final Authorizer authorizer;

    public AuthorizedOperations(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    /** What whoever sent the request may do with a topic: a bit for each operation, at the place of its code. */
    public int onTopic(RequestContext context, String name) {
        return bits(context, TOPIC, ResourceType.TOPIC, name);
    }

    /** Likewise with a group. */
    public int onGroup(RequestContext context, String id) {
        return bits(context, GROUP, ResourceType.GROUP, id);
    }

    /** Likewise with the cluster. */
    public int onCluster(RequestContext context) {
        return bits(context, CLUSTER, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME);
    }

    private int bits(RequestContext context, List<Operation> operations, ResourceType type, String name) {
        Access access = Access.of(context, authorizer);
        int bits = 0;
        for (Operation operation : operations) {
            if (access.allows(operation, type, name)) {
                bits |= 1 << operation.code();
            }
        }
        return bits;
    }
}
