package io.headrace.server.api;

import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.FindCoordinatorResponse.Coordinator;
import io.headrace.server.metadata.AdvertisedAddress;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FindCoordinator: names the broker that coordinates a group or a transactional id. The first request for either
 * creates {@code __consumer_offsets} or {@code __transaction_state}, and is answered when that is there.
 */
public final class FindCoordinatorHandler implements RequestHandler<FindCoordinatorRequest> {
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;

    /** From here on one request may ask for many keys. */
    private static final short FIRST_VERSION_WITH_KEYS = 4;

    private final Proposals metadata;
    private final TopicCreation creation;
    private final Authorizer authorizer;

    /**
     * A handler that creates the coordinators' topics when they are first asked for.
     */
    public FindCoordinatorHandler(Proposals metadata, TopicCreation creation, Authorizer authorizer) {
        this.metadata = metadata;
        this.creation = creation;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, FindCoordinatorRequest request) {
        MetadataImage image = metadata.image();
        String topic = topicOf(request.keyType());
        if (topic == null || image.topic(topic) != null || !mayCreate(context, request)) {
            respond(context, request);
            return;
        }
        CreateTopic missing = creation.automatic(topic, image.brokers().size());
        // Whether it worked or another was faster, the metadata has the answer.
        metadata.propose(List.of(missing), (outcomes, newImage) -> respond(context, request));
    }

    /** The internal topic in which coordinators of a kind keep their state; null if there is no such kind. */
    private static @Nullable String topicOf(byte keyType) {
        switch (keyType) {
            case GROUP:
                return TopicImage.CONSUMER_OFFSETS;
            case TRANSACTION:
                return TopicImage.TRANSACTION_STATE;
            default:
                return null;
        }
    }

    /** Nobody creates the topic by asking for what is none of his business. */
    private boolean mayCreate(RequestContext context, FindCoordinatorRequest request) {
        Access access = Access.of(context, authorizer);
        List<String> keys =
                context.apiVersion() >= FIRST_VERSION_WITH_KEYS ? request.coordinatorKeys() : List.of(request.key());
        ResourceType type = request.keyType() == GROUP ? ResourceType.GROUP : ResourceType.TRANSACTIONAL_ID;
        return keys.stream().anyMatch(key -> access.allows(Operation.DESCRIBE, type, key));
    }

    private void respond(RequestContext context, FindCoordinatorRequest request) {
        Access access = Access.of(context, authorizer);
        if (context.apiVersion() >= FIRST_VERSION_WITH_KEYS) {
            context.respond(new FindCoordinatorResponse()
                    .setCoordinators(request.coordinatorKeys().stream()
                            .map(key -> find(context, access, request.keyType(), key))
                            .toList()));
            return;
        }
        Coordinator found = find(context, access, request.keyType(), request.key());
        context.respond(new FindCoordinatorResponse()
                .setErrorCode(found.errorCode())
                .setErrorMessage(found.errorCode() == ErrorCode.NONE.code() ? "NONE" : found.errorMessage())
                .setNodeId(found.nodeId())
                .setHost(found.host())
                .setPort(found.port()));
    }

    private Coordinator find(RequestContext context, Access access, byte keyType, String key) {
        switch (keyType) {
            case GROUP:
                return access.allows(Operation.DESCRIBE, ResourceType.GROUP, key)
                        ? found(context, key, coordinator(TopicImage.CONSUMER_OFFSETS, key))
                        : failure(key, ErrorCode.GROUP_AUTHORIZATION_FAILED);
            case TRANSACTION:
                return access.allows(Operation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, key)
                        ? found(context, key, coordinator(TopicImage.TRANSACTION_STATE, key))
                        : failure(key, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
            default:
                return failure(key, ErrorCode.INVALID_REQUEST);
        }
    }

    /** The broker that leads the key's partition, or -1. */
    private int coordinator(String topicName, String key) {
        TopicImage topic = metadata.image().topic(topicName);
        return topic == null
                ? -1
                : topic.partitions()
                        .get(PartitionOfKey.of(key, topic.partitionCount()))
                        .leader();
    }

    private Coordinator found(RequestContext context, String key, int coordinatorId) {
        BrokerRegistration broker = metadata.image().broker(coordinatorId);
        AdvertisedAddress address = broker == null || broker.fenced() ? null : AdvertisedAddress.of(broker, context);
        if (address == null) {
            return failure(key, ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
        return new Coordinator()
                .setKey(key)
                .setNodeId(coordinatorId)
                .setHost(address.host())
                .setPort(address.port());
    }

    private static Coordinator failure(String key, ErrorCode error) {
        return new Coordinator()
                .setKey(key)
                .setErrorCode(error.code())
                .setErrorMessage(error.message())
                .setNodeId(-1)
                .setHost("")
                .setPort(-1);
    }
}
