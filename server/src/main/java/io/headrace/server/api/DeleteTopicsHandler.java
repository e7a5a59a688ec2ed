package io.headrace.server.api;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.headrace.protocol.message.DeleteTopicsResponse;
import io.headrace.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** DeleteTopics: by name, or by id from version 6 on. */
public final class DeleteTopicsHandler implements RequestHandler<DeleteTopicsRequest> {
    private static final UUID ZERO_ID = new UUID(0, 0);
    private static final int FIRST_VERSION_WITH_STATES = 6;

    private final Proposals metadata;
    private final Supplier<BrokerConfig> config;
    private final Authorizer authorizer;

    public DeleteTopicsHandler(Proposals metadata, Supplier<BrokerConfig> config, Authorizer authorizer) {
        this.metadata = metadata;
        this.config = config;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DeleteTopicsRequest request) {
        MetadataImage image = metadata.image();
        List<DeleteTopicState> all = wanted(context, request);
        Map<Object, Integer> mentions = new HashMap<>();
        all.forEach(wanted -> mentions.merge(reference(wanted), 1, Integer::sum));
        RequestedChanges<DeleteTopic, DeletableTopicResult> changes = new RequestedChanges<>(
                onceEach(all, mentions).map(wanted -> identity(find(image, wanted), wanted)),
                (result, outcome) -> result.setErrorCode(outcome.error().code()).setErrorMessage(outcome.message()));
        for (DeleteTopicState wanted : all) {
            int named = mentions.getOrDefault(reference(wanted), 0);
            if (named != 1) {
                refuseRepeated(changes, wanted, named);
                mentions.put(reference(wanted), 0);
                continue;
            }
            TopicImage topic = find(image, wanted);
            Object identity = identity(topic, wanted);
            if (changes.isAnswered(identity)) {
                continue;
            }
            DeletableTopicResult result = new DeletableTopicResult()
                    .setName(topic != null ? topic.name() : wanted.name())
                    .setTopicId(topic != null ? topic.id() : wanted.topicId());
            changes.addResult(result);
            ErrorCode error = check(context, wanted, topic);
            if (error != ErrorCode.NONE) {
                changes.refuse(result, error, error.message());
            } else if (changes.isRepeated(identity)) {
                changes.answerOnce(identity);
                changes.refuse(result, ErrorCode.INVALID_REQUEST, "The topic's id, too, is among those to be deleted.");
            } else if (topic != null) {
                changes.propose(result, new DeleteTopic(topic.id()));
            }
        }
        changes.carryOut(
                metadata, false, after -> context.respond(new DeleteTopicsResponse().setResponses(changes.results())));
    }

    /** What a request says: a name, or an id, whatever they stand for; by itself for what makes no sense. */
    private static Object reference(DeleteTopicState wanted) {
        String name = wanted.name();
        boolean byId = !wanted.topicId().equals(ZERO_ID);
        if (byId == (name != null)) {
            return wanted;
        }
        return name != null ? name : wanted.topicId();
    }

    /** Each reference once. A name that is given more than once counts for nothing, an id for one mention of its topic. */
    private static Stream<DeleteTopicState> onceEach(List<DeleteTopicState> all, Map<Object, Integer> mentions) {
        Set<Object> seen = new HashSet<>();
        return all.stream()
                .filter(wanted -> wanted.name() == null || mentions.getOrDefault(reference(wanted), 0) == 1)
                .filter(wanted -> seen.add(reference(wanted)));
    }

    /** The one answer to a name, or an id, that a request gives more than once, whatever it stands for. */
    private static void refuseRepeated(
            RequestedChanges<DeleteTopic, DeletableTopicResult> changes, DeleteTopicState wanted, int named) {
        if (named > 1) {
            DeletableTopicResult result =
                    new DeletableTopicResult().setName(wanted.name()).setTopicId(wanted.topicId());
            changes.addResult(result);
            changes.refuse(
                    result,
                    ErrorCode.INVALID_REQUEST,
                    wanted.name() != null ? "Duplicate topic name." : "Duplicate topic id.");
        }
    }

    /** What is the same for all mentions of a topic, whether by name or by id; by itself for what makes no sense. */
    private static Object identity(@Nullable TopicImage topic, DeleteTopicState wanted) {
        return topic != null ? topic.id() : reference(wanted);
    }

    private static List<DeleteTopicState> wanted(RequestContext context, DeleteTopicsRequest request) {
        if (context.apiVersion() >= FIRST_VERSION_WITH_STATES) {
            return request.topics();
        }
        return request.topicNames().stream()
                .map(name -> new DeleteTopicState().setName(name))
                .toList();
    }

    private static @Nullable TopicImage find(MetadataImage image, DeleteTopicState wanted) {
        String name = wanted.name();
        return name != null ? image.topic(name) : image.topic(wanted.topicId());
    }

    private ErrorCode check(RequestContext context, DeleteTopicState wanted, @Nullable TopicImage topic) {
        boolean byId = !wanted.topicId().equals(ZERO_ID);
        if (byId == (wanted.name() != null)) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (!config.get().topicCreation().deleteAllowed()) {
            return context.apiVersion() < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED;
        }
        String name = topic != null ? topic.name() : wanted.name();
        if (name != null && !Access.of(context, authorizer).allows(Operation.DELETE, ResourceType.TOPIC, name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (topic == null) {
            return byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return ErrorCode.NONE;
    }
}
