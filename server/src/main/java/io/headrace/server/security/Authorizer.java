package io.headrace.server.security;

/** Decides whether a principal may do an operation on a resource. */
public interface Authorizer {
    /** Lets everyone do everything: a broker without access control. */
    Authorizer ALLOW_ALL = (principal, host, operation, resourceType, resourceName) -> true;

    boolean allows(
            Principal principal, String host, Operation operation, ResourceType resourceType, String resourceName);

    /**
     * Whether the operation is allowed on at least one resource of a type, whatever its name and whether it exists (KIP-679).
     * An authorizer that cannot tell says no.
     */
    default boolean allowsOnAny(Principal principal, String host, Operation operation, ResourceType resourceType) {
        return false;
    }

    /** What is to be done, by Kafka's names and codes (org.apache.kafka ACL operations in KIP-11 and KIP-140). */
    enum Operation {
        READ(3),
        WRITE(4),
        CREATE(5),
        DELETE(6),
        ALTER(7),
        DESCRIBE(8),
        CLUSTER_ACTION(9),
        DESCRIBE_CONFIGS(10),
        ALTER_CONFIGS(11),
        IDEMPOTENT_WRITE(12),
        TWO_PHASE_COMMIT(15);

        private final int code;

        Operation(int code) {
            this.code = code;
        }

        /** The number of the operation on the wire; an authorized-operations field has the bit {@code 1 << code}. */
        public int code() {
            return code;
        }
    }

    /** What kind of thing is touched. */
    enum ResourceType {
        TOPIC,
        GROUP,
        CLUSTER,
        TRANSACTIONAL_ID,
        DELEGATION_TOKEN
    }

    /** The name of the one resource of type {@link ResourceType#CLUSTER}. */
    String CLUSTER_NAME = "kafka-cluster";
}
