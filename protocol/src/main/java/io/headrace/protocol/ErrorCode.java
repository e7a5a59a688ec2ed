package io.headrace.protocol;

/**
 * The error codes of the protocol, as of Kafka 4.3.
 *
 * <p>The messages are for people and may change; programs look at the code.
 */
public enum ErrorCode {
    UNKNOWN_SERVER_ERROR(-1, false, "The server met a condition it has no more precise error for."),
    NONE(0, false, ""),
    OFFSET_OUT_OF_RANGE(1, false, "The offset lies outside the range of offsets that the partition holds."),
    CORRUPT_MESSAGE(2, true, "The records failed their checksum, have an impossible size, or are damaged otherwise."),
    UNKNOWN_TOPIC_OR_PARTITION(3, true, "This broker knows no such topic or partition."),
    INVALID_FETCH_SIZE(4, false, "The fetch size is not a valid one."),
    LEADER_NOT_AVAILABLE(5, true, "The partition has no leader at the moment."),
    NOT_LEADER_OR_FOLLOWER(
            6, true, "This broker is not the leader the request needs, or does not hold a replica of the partition."),
    REQUEST_TIMED_OUT(7, true, "The time allowed for the request ran out."),
    BROKER_NOT_AVAILABLE(8, false, "The broker cannot be reached."),
    REPLICA_NOT_AVAILABLE(9, true, "The replica is not available on this broker."),
    MESSAGE_TOO_LARGE(10, false, "The record batch is larger than the topic allows."),
    STALE_CONTROLLER_EPOCH(11, false, "The request comes from a controller that has been replaced since."),
    OFFSET_METADATA_TOO_LARGE(12, false, "The metadata text committed with the offset is too long."),
    NETWORK_EXCEPTION(13, true, "The connection broke before an answer arrived."),
    COORDINATOR_LOAD_IN_PROGRESS(14, true, "The coordinator is still loading its state."),
    COORDINATOR_NOT_AVAILABLE(15, true, "No coordinator is available at the moment."),
    NOT_COORDINATOR(16, true, "This broker is not the coordinator for that key."),
    INVALID_TOPIC_EXCEPTION(
            17, false, "The topic's name is not allowed, or the operation is not allowed on this topic."),
    RECORD_LIST_TOO_LARGE(18, false, "The records of the request are larger than a segment may be."),
    NOT_ENOUGH_REPLICAS(19, true, "Fewer replicas are in sync than the topic demands, so nothing was written."),
    NOT_ENOUGH_REPLICAS_AFTER_APPEND(
            20, true, "The records were written, but then fewer replicas were in sync than the topic demands."),
    INVALID_REQUIRED_ACKS(21, false, "The number of acknowledgements must be -1, 0 or 1."),
    ILLEGAL_GENERATION(22, false, "The generation is not the group's current one."),
    INCONSISTENT_GROUP_PROTOCOL(23, false, "The member's protocol type or protocols do not fit those of the group."),
    INVALID_GROUP_ID(24, false, "The group id is not a valid one."),
    UNKNOWN_MEMBER_ID(25, false, "The group has no member with this id."),
    INVALID_SESSION_TIMEOUT(26, false, "The session timeout lies outside the range that the broker permits."),
    REBALANCE_IN_PROGRESS(27, false, "The group is rebalancing; the member has to join again."),
    INVALID_COMMIT_OFFSET_SIZE(28, false, "The commit is larger than one batch of the offsets topic may be."),
    TOPIC_AUTHORIZATION_FAILED(29, false, "No permission for this topic."),
    GROUP_AUTHORIZATION_FAILED(30, false, "No permission for this group."),
    CLUSTER_AUTHORIZATION_FAILED(31, false, "No permission for this operation on the cluster."),
    INVALID_TIMESTAMP(32, false, "A record's timestamp is further from the broker's clock than the topic allows."),
    UNSUPPORTED_SASL_MECHANISM(33, false, "The SASL mechanism is not enabled here."),
    ILLEGAL_SASL_STATE(34, false, "The request is not allowed in this state of the authentication."),
    UNSUPPORTED_VERSION(35, false, "This version of the API is not supported."),
    TOPIC_ALREADY_EXISTS(36, false, "A topic with this name exists already."),
    INVALID_PARTITIONS(37, false, "The number of partitions is not valid."),
    INVALID_REPLICATION_FACTOR(
            38, false, "The replication factor is below 1 or above the number of brokers that can take a replica."),
    INVALID_REPLICA_ASSIGNMENT(39, false, "The assignment of replicas to brokers is not valid."),
    INVALID_CONFIG(40, false, "The configuration is not valid."),
    NOT_CONTROLLER(41, true, "This node is not the active controller."),
    INVALID_REQUEST(42, false, "The request contradicts itself or breaks a rule of the protocol."),
    UNSUPPORTED_FOR_MESSAGE_FORMAT(43, false, "The record format of the topic lacks what the request needs."),
    POLICY_VIOLATION(44, false, "The request violates a policy of this cluster."),
    OUT_OF_ORDER_SEQUENCE_NUMBER(45, false, "The producer's sequence number does not follow the last one."),
    DUPLICATE_SEQUENCE_NUMBER(46, false, "The producer's batch was written before."),
    INVALID_PRODUCER_EPOCH(47, false, "The producer's epoch is older than one already seen."),
    INVALID_TXN_STATE(48, false, "The transaction is in a state that does not allow the operation."),
    INVALID_PRODUCER_ID_MAPPING(49, false, "The producer id does not belong to the transactional id."),
    INVALID_TRANSACTION_TIMEOUT(50, false, "The transaction timeout exceeds what the broker permits."),
    CONCURRENT_TRANSACTIONS(51, true, "An earlier operation on the same transaction has not finished yet."),
    TRANSACTION_COORDINATOR_FENCED(52, false, "The transaction coordinator has been replaced by a newer one."),
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED(53, false, "No permission for this transactional id."),
    SECURITY_DISABLED(54, false, "Security is not configured here."),
    OPERATION_NOT_ATTEMPTED(55, false, "The operation was not tried, because another part of the request failed."),
    KAFKA_STORAGE_ERROR(56, true, "The partition's directory on disk cannot be used."),
    LOG_DIR_NOT_FOUND(57, false, "The broker has no such log directory."),
    SASL_AUTHENTICATION_FAILED(58, false, "SASL authentication failed."),
    UNKNOWN_PRODUCER_ID(59, false, "Nothing is known about this producer id any more."),
    REASSIGNMENT_IN_PROGRESS(60, false, "The partition's replicas are being reassigned already."),
    DELEGATION_TOKEN_AUTH_DISABLED(61, false, "Delegation tokens are not enabled."),
    DELEGATION_TOKEN_NOT_FOUND(62, false, "There is no such delegation token."),
    DELEGATION_TOKEN_OWNER_MISMATCH(63, false, "The principal neither owns the delegation token nor may renew it."),
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED(
            64, false, "Delegation tokens cannot be requested over this kind of connection."),
    DELEGATION_TOKEN_AUTHORIZATION_FAILED(65, false, "No permission for this delegation token."),
    DELEGATION_TOKEN_EXPIRED(66, false, "The delegation token has expired."),
    INVALID_PRINCIPAL_TYPE(67, false, "Principals of this type are not supported."),
    NON_EMPTY_GROUP(68, false, "The group still has members."),
    GROUP_ID_NOT_FOUND(69, false, "There is no such group."),
    FETCH_SESSION_ID_NOT_FOUND(70, true, "There is no fetch session with this id."),
    INVALID_FETCH_SESSION_EPOCH(71, true, "The epoch of the fetch session is not the expected one."),
    LISTENER_NOT_FOUND(72, true, "The leader has no endpoint on the listener that the request came through."),
    TOPIC_DELETION_DISABLED(73, false, "Topics cannot be deleted in this cluster."),
    FENCED_LEADER_EPOCH(74, true, "The request's leader epoch is older than the broker's."),
    UNKNOWN_LEADER_EPOCH(75, true, "The request's leader epoch is newer than the broker's."),
    UNSUPPORTED_COMPRESSION_TYPE(76, false, "The compression is not supported in this version of the request."),
    STALE_BROKER_EPOCH(77, false, "The broker has been registered anew since this epoch."),
    OFFSET_NOT_AVAILABLE(78, true, "The new leader does not know its high watermark yet."),
    MEMBER_ID_REQUIRED(79, false, "The member has to join again with the member id given to it."),
    PREFERRED_LEADER_NOT_AVAILABLE(80, true, "The preferred leader is not available."),
    GROUP_MAX_SIZE_REACHED(81, false, "The group has as many members as it may have."),
    FENCED_INSTANCE_ID(82, false, "Another member has taken over this static instance id."),
    ELIGIBLE_LEADERS_NOT_AVAILABLE(83, true, "None of the replicas that may lead is available."),
    ELECTION_NOT_NEEDED(84, true, "The partition has the wanted leader already."),
    NO_REASSIGNMENT_IN_PROGRESS(85, false, "The partition's replicas are not being reassigned."),
    GROUP_SUBSCRIBED_TO_TOPIC(86, false, "The group is subscribed to the topic, so its offsets cannot be deleted."),
    INVALID_RECORD(87, false, "A record or its batch breaks a rule and was refused."),
    UNSTABLE_OFFSET_COMMIT(88, true, "Offsets of an open transaction are still to be decided."),
    THROTTLING_QUOTA_EXCEEDED(89, true, "The quota for such operations is used up for now."),
    PRODUCER_FENCED(90, false, "A newer producer with the same transactional id has taken over."),
    RESOURCE_NOT_FOUND(91, false, "The request names a resource that does not exist."),
    DUPLICATE_RESOURCE(92, false, "The request names a resource more than once."),
    UNACCEPTABLE_CREDENTIAL(93, false, "The credential does not meet what is required of one."),
    INCONSISTENT_VOTER_SET(94, false, "The voters named are not those the receiver expects."),
    INVALID_UPDATE_VERSION(95, false, "The version of the update is not valid."),
    FEATURE_UPDATE_FAILED(96, false, "The features could not be updated."),
    PRINCIPAL_DESERIALIZATION_FAILURE(97, false, "The forwarded request's principal cannot be decoded."),
    SNAPSHOT_NOT_FOUND(98, false, "There is no such snapshot."),
    POSITION_OUT_OF_RANGE(99, false, "The position lies outside the snapshot."),
    UNKNOWN_TOPIC_ID(100, true, "This broker knows no topic with this id."),
    DUPLICATE_BROKER_REGISTRATION(101, false, "Another live broker is registered under this id."),
    BROKER_ID_NOT_REGISTERED(102, false, "No broker is registered under this id."),
    INCONSISTENT_TOPIC_ID(103, true, "The topic's id in the log is not the one in the request."),
    INCONSISTENT_CLUSTER_ID(104, false, "The request is meant for another cluster."),
    TRANSACTIONAL_ID_NOT_FOUND(105, false, "There is no such transactional id."),
    FETCH_SESSION_TOPIC_ID_ERROR(106, true, "The fetch session mixes requests with and without topic ids."),
    INELIGIBLE_REPLICA(107, false, "The replica may not join the in-sync set now."),
    NEW_LEADER_ELECTED(108, false, "The change made the partition choose another leader."),
    OFFSET_MOVED_TO_TIERED_STORAGE(109, false, "The offset is no longer local; it lies in tiered storage."),
    FENCED_MEMBER_EPOCH(
            110,
            false,
            "The member's epoch is not the group's; the member has to give up its partitions and join again."),
    UNRELEASED_INSTANCE_ID(111, false, "The static instance id still belongs to another member."),
    UNSUPPORTED_ASSIGNOR(112, false, "The group does not support this assignor."),
    STALE_MEMBER_EPOCH(113, false, "The member's epoch is behind; a heartbeat will tell it the current one."),
    MISMATCHED_ENDPOINT_TYPE(114, false, "The request reached an endpoint of another type than it asked for."),
    UNSUPPORTED_ENDPOINT_TYPE(115, false, "This type of endpoint is not supported."),
    UNKNOWN_CONTROLLER_ID(116, false, "No controller has this id."),
    UNKNOWN_SUBSCRIPTION_ID(117, false, "The telemetry subscription is not the client's current one."),
    TELEMETRY_TOO_LARGE(118, false, "The telemetry is larger than the broker accepts."),
    INVALID_REGISTRATION(119, false, "The controller refused the registration."),
    TRANSACTION_ABORTABLE(120, false, "The transaction cannot go on; it is to be aborted, and a new one may begin."),
    INVALID_RECORD_STATE(121, false, "The record is in a state that does not allow the acknowledgement."),
    SHARE_SESSION_NOT_FOUND(122, true, "There is no such share session."),
    INVALID_SHARE_SESSION_EPOCH(123, true, "The epoch of the share session is not the expected one."),
    FENCED_STATE_EPOCH(124, false, "The share coordinator has seen a newer state epoch."),
    INVALID_VOTER_KEY(125, false, "The voter's id and directory do not match the receiver's."),
    DUPLICATE_VOTER(126, false, "The voter is in the set of voters already."),
    VOTER_NOT_FOUND(127, false, "The voter is not in the set of voters."),
    INVALID_REGULAR_EXPRESSION(128, false, "The regular expression cannot be parsed."),
    REBOOTSTRAP_REQUIRED(129, false, "The client's knowledge of the cluster is outdated; it has to bootstrap again."),
    STREAMS_INVALID_TOPOLOGY(130, false, "The Streams topology is not valid."),
    STREAMS_INVALID_TOPOLOGY_EPOCH(131, false, "The epoch of the Streams topology is not valid."),
    STREAMS_TOPOLOGY_FENCED(132, false, "The epoch of the Streams topology is outdated."),
    SHARE_SESSION_LIMIT_REACHED(133, true, "The broker has as many share sessions as it may have.");

    private static final ErrorCode[] BY_CODE = byCode();

    private final short code;
    private final boolean retriable;
    private final String message;

    ErrorCode(int code, boolean retriable, String message) {
        this.code = (short) code;
        this.retriable = retriable;
        this.message = message;
    }

    /** The number on the wire. */
    public short code() {
        return code;
    }

    /** Whether clients are expected to try the same request again. */
    public boolean retriable() {
        return retriable;
    }

    /** A sentence for people, empty for {@link #NONE}. */
    public String message() {
        return message;
    }

    /** The error with this number; {@link #UNKNOWN_SERVER_ERROR} for a number that is not known. */
    public static ErrorCode forCode(short code) {
        int index = code + 1;
        return index >= 0 && index < BY_CODE.length ? BY_CODE[index] : UNKNOWN_SERVER_ERROR;
    }

    /** Codes run from -1 without a gap, so the declaration order is the index. */
    private static ErrorCode[] byCode() {
        ErrorCode[] byCode = values();
        for (int i = 0; i < byCode.length; i++) {
            if (byCode[i].code != i - 1) {
                throw new AssertionError(byCode[i] + " is out of order");
            }
        }
        return byCode;
    }
}
