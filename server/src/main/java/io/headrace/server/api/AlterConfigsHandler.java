package io.headrace.server.api;

import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.message.AlterConfigsRequest;
import io.headrace.protocol.message.AlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.AlterConfigsResponse;
import io.headrace.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.metadata.Proposals;
import java.util.List;

/** AlterConfigs: the older way, which replaces all that is set for a thing. */
public final class AlterConfigsHandler implements RequestHandler<AlterConfigsRequest> {
    private final Proposals metadata;
    private final ConfigAlteration alteration;

    public AlterConfigsHandler(Proposals metadata, ConfigAlteration alteration) {
        this.metadata = metadata;
        this.alteration = alteration;
    }

    @Override
    public void handle(RequestContext context, AlterConfigsRequest request) {
        MetadataImage image = metadata.image();
        RequestedChanges<AlterConfigs, AlterConfigsResourceResponse> changes = new RequestedChanges<>(
                request.resources().stream().map(AlterConfigsHandler::named),
                (response, outcome) ->
                        response.setErrorCode(outcome.error().code()).setErrorMessage(outcome.message()));
        for (AlterConfigsResource resource : request.resources()) {
            AlterConfigsResourceResponse response = new AlterConfigsResourceResponse()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName());
            changes.addResult(response);
            ConfigAlteration.Checked checked = changes.isRepeated(named(resource))
                    ? ConfigAlteration.Checked.repeated()
                    : alteration.check(context, wish(resource), image);
            AlterConfigs command = checked.command();
            if (command == null) {
                changes.refuse(response, checked.error(), checked.message());
            } else {
                changes.propose(response, command);
            }
        }
        changes.carryOut(
                metadata,
                request.validateOnly(),
                after -> context.respond(new AlterConfigsResponse().setResponses(changes.results())));
    }

    private static ConfigAlteration.Named named(AlterConfigsResource resource) {
        return new ConfigAlteration.Named(resource.resourceType(), resource.resourceName());
    }

    private static ConfigAlteration.Wish wish(AlterConfigsResource resource) {
        List<ConfigChange> changes = resource.configs().stream()
                .map(config -> ConfigChange.set(config.name(), config.value()))
                .toList();
        return new ConfigAlteration.Wish(resource.resourceType(), resource.resourceName(), true, changes);
    }
}
