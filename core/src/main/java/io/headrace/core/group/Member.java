package io.headrace.core.group;

import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One member of a classic group. */
final class Member {
    static final byte[] NO_ASSIGNMENT = new byte[0];

    /** What a client sends before it was given an id. */
    static final String UNKNOWN_ID = "";

    final String id;
    final @Nullable String instanceId;
    final String clientId;
    final String clientHost;
    final String protocolType;

    /** The member is dropped when this falls due. */
    final Deadline session;

    int rebalanceTimeoutMs;
    int sessionTimeoutMs;
    List<Protocol> protocols;
    byte[] assignment = NO_ASSIGNMENT;

    /**
     * Joined and not yet answered for the first time. It cannot send heartbeats, not knowing its id, so its session may
     * end even while it waits; otherwise clients that time out and try again would pile up as members.
     */
    boolean isNew = false;

    @Nullable
    Waiter<JoinGroupResponse> awaitingJoin;

    @Nullable
    Waiter<SyncGroupResponse> awaitingSync;

    Member(
            String id,
            @Nullable String instanceId,
            Caller client,
            String protocolType,
            List<Protocol> protocols,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            Deadline session) {
        this.id = id;
        this.instanceId = instanceId;
        this.clientId = client.clientId();
        this.clientHost = client.clientHost();
        this.protocolType = protocolType;
        this.protocols = protocols;
        this.rebalanceTimeoutMs = rebalanceTimeoutMs;
        this.sessionTimeoutMs = sessionTimeoutMs;
        this.session = session;
    }

    /** The same member under a new id, with nobody waiting. */
    Member renamed(String newId, Deadline newSession) {
        Member renamed = new Member(
                newId,
                instanceId,
                new Caller(clientId, clientHost),
                protocolType,
                protocols,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                newSession);
        renamed.assignment = assignment;
        return renamed;
    }

    boolean isStatic() {
        return instanceId != null;
    }

    boolean isAwaitingJoin() {
        return awaitingJoin != null;
    }

    /** Whether the member cannot send heartbeats because it waits for an answer of ours. */
    boolean isHeldByUs() {
        return !isNew && (awaitingJoin != null || awaitingSync != null);
    }

    /** What the member says about itself under a protocol, or null if it does not know that protocol. */
    byte @Nullable [] metadata(@Nullable String protocolName) {
        for (Protocol protocol : protocols) {
            if (protocol.name().equals(protocolName)) {
                return protocol.metadata();
            }
        }
        return null;
    }

    /** The protocol this member likes best of those every member knows. */
    String vote(Set<String> candidates) {
        for (Protocol protocol : protocols) {
            if (candidates.contains(protocol.name())) {
                return protocol.name();
            }
        }
        throw new IllegalStateException("Member " + id + " knows none of the protocols " + candidates);
    }
}
