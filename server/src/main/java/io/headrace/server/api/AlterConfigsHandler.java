package io.headrace.server.api;

import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AlterConfigsRequest;
import io.headrace.protocol.message.AlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.AlterConfigsResponse;
import io.headrace.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.metadata.Proposals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** AlterConfigs: the older way, which replaces all that is set for a thing. */
public final class AlterConfigsHandler implements RequestHandler<AlterConfigsRequest> {
    private final Proposals metadata;
    private final ConfigAlteration alteration;

    public AlterConfigsHandler(Proposals metadata, ConfigAlteration alteration) {
        this.metadata = metadata;
        this.alteration = alteration;
    }

    private record Named(byte type, String name) {}

    @Override
    public void handle(RequestContext context, AlterConfigsRequest request) {
        Map<Named, Integer> mentions = new HashMap<>();
        for (AlterConfigsResource resource : request.resources()) {
            mentions.merge(new Named(resource.resourceType(), resource.resourceName()), 1, Integer::sum);
        }
        MetadataImage image = metadata.image();
        List<AlterConfigsResourceResponse> responses = new ArrayList<>();
        List<AlterConfigsResourceResponse> pending = new ArrayList<>();
        List<AlterConfigs> commands = new ArrayList<>();
        for (AlterConfigsResource resource : request.resources()) {
            Named named = new Named(resource.resourceType(), resource.resourceName());
            AlterConfigsResourceResponse response = new AlterConfigsResourceResponse()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName());
            responses.add(response);
            ConfigAlteration.Checked checked = mentions.getOrDefault(named, 0) > 1
                    ? new ConfigAlteration.Checked(
                            null, ErrorCode.INVALID_REQUEST, "Each resource can be changed once in a request.")
                    : alteration.check(context, wish(resource), image);
            if (checked.command() == null) {
                response.setErrorCode(checked.error().code()).setErrorMessage(checked.message());
            } else {
                commands.add(checked.command());
                pending.add(response);
            }
        }
        Proposals.Receiver receiver = (outcomes, after) -> {
            for (int i = 0; i < outcomes.size(); i++) {
                pending.get(i)
                        .setErrorCode(outcomes.get(i).error().code())
                        .setErrorMessage(outcomes.get(i).message());
            }
            context.respond(new AlterConfigsResponse().setResponses(responses));
        };
        if (request.validateOnly()) {
            metadata.tryOut(commands, receiver);
        } else {
            metadata.propose(commands, receiver);
        }
    }

    private static ConfigAlteration.Wish wish(AlterConfigsResource resource) {
        List<ConfigChange> changes = resource.configs().stream()
                .map(config -> ConfigChange.set(config.name(), config.value()))
                .toList();
        return new ConfigAlteration.Wish(resource.resourceType(), resource.resourceName(), true, changes);
    }
}
