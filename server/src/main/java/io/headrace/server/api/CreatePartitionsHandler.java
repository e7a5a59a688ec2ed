package io.headrace.server.api;

import io.headrace.core.metadata.CreatePartitions;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
        Map<String, Integer> mentions = new HashMap<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            mentions.merge(topic.name(), 1, Integer::sum);
        }
        List<CreatePartitionsTopicResult> results = new ArrayList<>();
        List<CreatePartitionsTopicResult> pending = new ArrayList<>();
        List<CreatePartitions> commands = new ArrayList<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            int mentioned = mentions.getOrDefault(topic.name(), 0);
            if (mentioned == 0) {
                continue; // its answer is there already
            }
            CreatePartitionsTopicResult result = new CreatePartitionsTopicResult().setName(topic.name());
            results.add(result);
            if (mentioned > 1) {
                mentions.put(topic.name(), 0);
                result.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                        .setErrorMessage("Topic '" + topic.name() + "' is named more than once.");
            } else if (!Access.of(context, authorizer).allows(Operation.ALTER, ResourceType.TOPIC, topic.name())) {
                result.setErrorCode(ErrorCode.TOPIC_AUTHORIZATION_FAILED.code());
            } else {
                commands.add(command(topic));
                pending.add(result);
            }
        }
        Proposals.Receiver receiver = (outcomes, image) -> {
            for (int i = 0; i < outcomes.size(); i++) {
                pending.get(i)
                        .setErrorCode(outcomes.get(i).error().code())
                        .setErrorMessage(outcomes.get(i).message());
            }
            context.respond(new CreatePartitionsResponse().setResults(results));
        };
        if (request.validateOnly()) {
            metadata.tryOut(commands, receiver);
        } else {
            metadata.propose(commands, receiver);
        }
    }

    private static CreatePartitions command(CreatePartitionsTopic topic) {
        List<CreatePartitionsAssignment> assigned = topic.assignments();
        List<List<Integer>> assignments = assigned == null
                ? null
                : assigned.stream().map(CreatePartitionsAssignment::brokerIds).toList();
        return new CreatePartitions(topic.name(), topic.count(), assignments);
    }
}
