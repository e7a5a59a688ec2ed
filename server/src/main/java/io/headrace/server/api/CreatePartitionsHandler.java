package io.headrace.server.api;

import io.headrace.core.metadata.CreatePartitions;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.headrace.protocol.message.CreatePartitionsResponse;
import io.headrace.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;

/** CreatePartitions: more partitions for topics that exist. */
public final class CreatePartitionsHandler implements RequestHandler<CreatePartitionsRequest> {
    private final Proposals metadata;
    private final Authorizer authorizer;

    public CreatePartitionsHandler(Proposals metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, CreatePartitionsRequest request) {
        RequestedChanges<CreatePartitions, CreatePartitionsTopicResult> changes = new RequestedChanges<>(
                request.topics().stream().map(CreatePartitionsTopic::name),
                (result, outcome) -> result.setErrorCode(outcome.error().code()).setErrorMessage(outcome.message()));
        Access access = Access.of(context, authorizer);
        for (CreatePartitionsTopic topic : request.topics()) {
            if (changes.isAnswered(topic.name())) {
                continue;
            }
            CreatePartitionsTopicResult result = new CreatePartitionsTopicResult().setName(topic.name());
            changes.addResult(result);
            if (changes.isRepeated(topic.name())) {
                changes.answerOnce(topic.name());
                changes.refuse(result, ErrorCode.INVALID_REQUEST, "Duplicate topic name.");
            } else if (!access.allows(Operation.ALTER, ResourceType.TOPIC, topic.name())) {
                changes.refuse(result, ErrorCode.TOPIC_AUTHORIZATION_FAILED, null);
            } else {
                changes.propose(result, command(topic));
            }
        }
        MetadataImage image = metadata.image();
        changes.limitNewPartitions(command -> added(command, image));
        changes.carryOut(
                metadata,
                request.validateOnly(),
                after -> context.respond(new CreatePartitionsResponse().setResults(changes.results())));
    }

    private static int added(CreatePartitions command, MetadataImage image) {
        TopicImage topic = image.topic(command.topic());
        return topic == null ? 0 : Math.max(0, command.count()) - topic.partitionCount();
    }

    private static CreatePartitions command(CreatePartitionsTopic topic) {
        List<CreatePartitionsAssignment> assigned = topic.assignments();
        List<List<Integer>> assignments = assigned == null
                ? null
                : assigned.stream().map(CreatePartitionsAssignment::brokerIds).toList();
        return new CreatePartitions(topic.name(), topic.count(), assignments);
    }
}
