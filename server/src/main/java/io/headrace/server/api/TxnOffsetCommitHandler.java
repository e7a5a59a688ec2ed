package io.headrace.server.api;

import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import io.headrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.headrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * TxnOffsetCommit: offsets of a group become part of a producer's transaction (KIP-98, KIP-447). The group's partition must
 * be in the transaction; from version 5 on this request adds it (KIP-890).
 */
public final class TxnOffsetCommitHandler implements RequestHandler<TxnOffsetCommitRequest> {
    /** Older producers may crash when told COORDINATOR_LOAD_IN_PROGRESS. */
    private static final short FIRST_VERSION_WITH_LOAD_IN_PROGRESS = 2;

    private final GroupCoordinators groups;
    private final OffsetCommitVerification verification;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public TxnOffsetCommitHandler(
            GroupCoordinators groups,
            OffsetCommitVerification verification,
            Proposals metadata,
            Authorizer authorizer) {
        this.groups = groups;
        this.verification = verification;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    /** The results so far, topic by topic, each partition in one of them. */
    private static final class Results {
        private final short version;
        private final Map<String, List<TxnOffsetCommitResponsePartition>> topics = new LinkedHashMap<>();

        private Results(short version) {
            this.version = version;
        }

        void put(String topic, int partition, short errorCode) {
            boolean hidden = version < FIRST_VERSION_WITH_LOAD_IN_PROGRESS
                    && errorCode == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code();
            topics.computeIfAbsent(topic, name -> new ArrayList<>())
                    .add(new TxnOffsetCommitResponsePartition()
                            .setPartitionIndex(partition)
                            .setErrorCode(hidden ? ErrorCode.COORDINATOR_NOT_AVAILABLE.code() : errorCode));
        }

        void putAll(List<TxnOffsetCommitRequestTopic> refused, ErrorCode error) {
            refused.forEach(topic -> topic.partitions()
                    .forEach(partition -> put(topic.name(), partition.partitionIndex(), error.code())));
        }

        void putAll(TxnOffsetCommitResponse response) {
            response.topics().forEach(topic -> topic.partitions()
                    .forEach(partition -> put(topic.name(), partition.partitionIndex(), partition.errorCode())));
        }

        TxnOffsetCommitResponse response() {
            List<TxnOffsetCommitResponseTopic> all = new ArrayList<>(topics.size());
            topics.forEach((name, partitions) ->
                    all.add(new TxnOffsetCommitResponseTopic().setName(name).setPartitions(partitions)));
            return new TxnOffsetCommitResponse().setTopics(all);
        }
    }

    @Override
    public void handle(RequestContext context, TxnOffsetCommitRequest request) {
        Access access = Access.of(context, authorizer);
        Results results = new Results(context.apiVersion());
        if (!access.allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, request.transactionalId())) {
            refuse(context, request, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, results);
        } else if (!access.allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            refuse(context, request, ErrorCode.GROUP_AUTHORIZATION_FAILED, results);
        } else {
            MetadataImage image = metadata.image();
            List<TxnOffsetCommitRequestTopic> accepted = check(access, request, image, results);
            if (accepted.isEmpty()) {
                context.respond(results.response());
                return;
            }
            request.setTopics(accepted);
            CheckedTopics checked = new CheckedTopics(image, metadata::image);
            verification.verify(context.apiVersion(), request, (error, guard) -> {
                if (error == ErrorCode.NONE) {
                    commit(context, request, checked, guard, results);
                } else {
                    refuse(context, request, error, results);
                }
            });
        }
    }

    /** The part of the request that can be served; the rest is in the results. */
    private static List<TxnOffsetCommitRequestTopic> check(
            Access access, TxnOffsetCommitRequest request, MetadataImage image, Results results) {
        List<TxnOffsetCommitRequestTopic> accepted = new ArrayList<>();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            TopicImage known = image.topic(topic.name());
            if (!access.allows(Operation.READ, ResourceType.TOPIC, topic.name())) {
                results.putAll(List.of(topic), ErrorCode.TOPIC_AUTHORIZATION_FAILED);
                continue;
            }
            List<TxnOffsetCommitRequestPartition> existing = new ArrayList<>();
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                if (known != null && known.hasPartition(partition.partitionIndex())) {
                    existing.add(partition);
                } else {
                    results.put(topic.name(), partition.partitionIndex(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
                }
            }
            if (!existing.isEmpty()) {
                accepted.add(topic.setPartitions(existing));
            }
        }
        return accepted;
    }

    private void commit(
            RequestContext context,
            TxnOffsetCommitRequest request,
            CheckedTopics checked,
            @Nullable VerificationGuard guard,
            Results results) {
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> {
                    results.putAll(
                            checked.removeDeleted(request.topics(), TxnOffsetCommitRequestTopic::name),
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                    if (request.topics().isEmpty()) {
                        context.respond(results.response());
                        return Step.NOTHING;
                    }
                    return coordinator
                            .commitOffsetsInTransaction(
                                    response -> {
                                        results.putAll(response);
                                        context.respond(results.response());
                                    },
                                    request,
                                    nowMs)
                            .verifiedUnder(guard);
                },
                error -> refuse(context, request, error, results));
    }

    private static void refuse(
            RequestContext context, TxnOffsetCommitRequest request, ErrorCode error, Results results) {
        results.putAll(request.topics(), error);
        context.respond(results.response());
    }
}
