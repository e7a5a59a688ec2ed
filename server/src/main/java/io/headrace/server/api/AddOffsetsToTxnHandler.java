package io.headrace.server.api;

import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.transaction.AddPartitions;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AddOffsetsToTxnRequest;
import io.headrace.protocol.message.AddOffsetsToTxnResponse;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;
import java.util.List;

/** AddOffsetsToTxn: the offsets of a group will be part of a producer's transaction. */
public final class AddOffsetsToTxnHandler implements RequestHandler<AddOffsetsToTxnRequest> {
    /** From here on clients know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_VERSION_WITH_FENCED = 2;

    private final TransactionCoordinators transactions;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public AddOffsetsToTxnHandler(TransactionCoordinators transactions, Proposals metadata, Authorizer authorizer) {
        this.transactions = transactions;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, AddOffsetsToTxnRequest request) {
        Access access = Access.of(context, authorizer);
        TopicImage offsets = metadata.image().topic(TopicImage.CONSUMER_OFFSETS);
        if (!access.allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, request.transactionalId())) {
            respond(context, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        } else if (!access.allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            respond(context, ErrorCode.GROUP_AUTHORIZATION_FAILED);
        } else if (offsets == null) {
            // The group's coordinator was never looked for; that creates the topic.
            respond(context, ErrorCode.COORDINATOR_NOT_AVAILABLE);
        } else {
            int partition = PartitionOfKey.of(request.groupId(), offsets.partitionCount());
            AddPartitions add = new AddPartitions(
                    request.transactionalId(),
                    request.producerId(),
                    request.producerEpoch(),
                    List.of(new TopicPartition(TopicImage.CONSUMER_OFFSETS, partition)),
                    (short) 0,
                    false);
            transactions.submit(
                    request.transactionalId(),
                    (coordinator, nowMs) -> coordinator.addPartitions(error -> respond(context, error), add, nowMs),
                    error -> respond(context, error));
        }
    }

    private static void respond(RequestContext context, ErrorCode error) {
        boolean knowsFenced = context.apiVersion() >= FIRST_VERSION_WITH_FENCED;
        context.respond(new AddOffsetsToTxnResponse()
                .setErrorCode(FencedError.shown(error, knowsFenced).code()));
    }
}
