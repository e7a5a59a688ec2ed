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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
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
        List<DeletableTopicResult> results = new ArrayList<>();
        List<DeletableTopicResult> pending = new ArrayList<>();
        List<DeleteTopic> commands = new ArrayList<>();
        List<DeleteTopicState> all = wanted(context, request);
        Map<Object, Integer> mentions = new HashMap<>();
        for (DeleteTopicState wanted : all) {
            mentions.merge(identity(find(image, wanted), wanted), 1, Integer::sum);
        }
        for (DeleteTopicState wanted : all) {
            TopicImage topic = find(image, wanted);
            int mentioned = mentions.getOrDefault(identity(topic, wanted), 0);
            if (mentioned == 0) {
                continue; // its answer is there already
            }
            DeletableTopicResult result = new DeletableTopicResult()
                    .setName(topic != null ? topic.name() : wanted.name())
                    .setTopicId(topic != null ? topic.id() : wanted.topicId());
            results.add(result);
            ErrorCode error = check(context, wanted, topic);
            if (error != ErrorCode.NONE) {
                result.setErrorMessage(error.message());
            } else if (mentioned > 1) {
                mentions.put(identity(topic, wanted), 0);
                error = ErrorCode.INVALID_REQUEST;
                result.setErrorMessage("The topic is named more than once.");
            }
            result.setErrorCode(error.code());
            if (topic != null && error == ErrorCode.NONE) {
                commands.add(new DeleteTopic(topic.id()));
                pending.add(result);
            }
        }
        metadata.propose(commands, (outcomes, after) -> {
            for (int i = 0; i < outcomes.size(); i++) {
                pending.get(i)
                        .setErrorCode(outcomes.get(i).error().code())
                        .setErrorMessage(outcomes.get(i).message());
            }
            context.respond(new DeleteTopicsResponse().setResponses(results));
        });
    }

    /** What is the same for all mentions of a topic, whether by name or by id; by itself for what makes no sense. */
    private static Object identity(@Nullable TopicImage topic, DeleteTopicState wanted) {
        return topic != null ? topic.id() : wanted;
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
