package io.headrace.server.api;

import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.metadata.Proposals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** IncrementalAlterConfigs: single changes of configurations, each thing on its own (KIP-339). */
public final class IncrementalAlterConfigsHandler implements RequestHandler<IncrementalAlterConfigsRequest> {
    private final Proposals metadata;
    private final ConfigAlteration alteration;

    public IncrementalAlterConfigsHandler(Proposals metadata, ConfigAlteration alteration) {
        this.metadata = metadata;
        this.alteration = alteration;
    }

    private record Named(byte type, String name) {}

    @Override
    public void handle(RequestContext context, IncrementalAlterConfigsRequest request) {
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
                    : check(context, resource, image);
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
            context.respond(new IncrementalAlterConfigsResponse().setResponses(responses));
        };
        if (request.validateOnly()) {
            metadata.tryOut(commands, receiver);
        } else {
            metadata.propose(commands, receiver);
        }
    }

    private ConfigAlteration.Checked check(RequestContext context, AlterConfigsResource resource, MetadataImage image) {
        List<ConfigChange> changes = new ArrayList<>();
        for (AlterableConfig config : resource.configs()) {
            ConfigChange.Operation operation = ConfigChange.Operation.forCode(config.configOperation());
            if (operation == null) {
                return new ConfigAlteration.Checked(
                        null,
                        ErrorCode.INVALID_REQUEST,
                        "No operation on " + config.name() + " has the code " + config.configOperation() + ".");
            }
            boolean valueless = operation == ConfigChange.Operation.DELETE;
            changes.add(new ConfigChange(config.name(), operation, valueless ? null : config.value(), null));
        }
        return alteration.check(
                context,
                new ConfigAlteration.Wish(resource.resourceType(), resource.resourceName(), false, changes),
                image);
    }
}
