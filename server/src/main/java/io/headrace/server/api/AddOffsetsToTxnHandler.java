package io.headrace.server.api;

import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.transaction.AddPartitions;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AddOffsetsToTxnRequest;
import io.headrace.protocol.message.AddOffsetsToTxnResponse;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
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
    private final TopicCreation creation;
    private final Authorizer authorizer;

    /** A handler that creates the topic of the groups' offsets when it is first needed. */
    public AddOffsetsToTxnHandler(
            TransactionCoordinators transactions, Proposals metadata, TopicCreation creation, Authorizer authorizer) {
        this.transactions = transactions;
        this.metadata = metadata;
        this.creation = creation;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, AddOffsetsToTxnRequest request) {
        Access access = Access.of(context, authorizer);
        if (!access.allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, request.transactionalId())) {
            respond(context, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        } else if (!access.allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            respond(context, ErrorCode.GROUP_AUTHORIZATION_FAILED);
        } else if (metadata.image().topic(TopicImage.CONSUMER_OFFSETS) != null) {
            add(context, request, metadata.image());
        } else {
            // A client looks for the group's coordinator, which creates the topic, only when it has the answer to this.
            CreateTopic missing = creation.automatic(
                    TopicImage.CONSUMER_OFFSETS, metadata.image().brokers().size());
            metadata.propose(List.of(missing), (outcomes, newImage) -> add(context, request, newImage));
        }
    }

    private void add(RequestContext context, AddOffsetsToTxnRequest request, MetadataImage image) {
        TopicImage offsets = image.topic(TopicImage.CONSUMER_OFFSETS);
        if (offsets == null) {
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
