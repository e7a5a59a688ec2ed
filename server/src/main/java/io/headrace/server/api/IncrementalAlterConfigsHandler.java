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
import io.headrace.server.config.BrokerLoggers;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.metadata.Proposals;
import java.util.ArrayList;
import java.util.List;

/** IncrementalAlterConfigs: single changes of configurations, each thing on its own (KIP-339). */
public final class IncrementalAlterConfigsHandler implements RequestHandler<IncrementalAlterConfigsRequest> {
    private final Proposals metadata;
    private final ConfigAlteration alteration;
    private final BrokerLoggers loggers;

    public IncrementalAlterConfigsHandler(Proposals metadata, ConfigAlteration alteration, BrokerLoggers loggers) {
        this.metadata = metadata;
        this.alteration = alteration;
        this.loggers = loggers;
    }

    @Override
    public void handle(RequestContext context, IncrementalAlterConfigsRequest request) {
        MetadataImage image = metadata.image();
        RequestedChanges<AlterConfigs, AlterConfigsResourceResponse> changes = new RequestedChanges<>(
                request.resources().stream().map(IncrementalAlterConfigsHandler::named),
                (response, outcome) ->
                        response.setErrorCode(outcome.error().code()).setErrorMessage(outcome.message()));
        for (AlterConfigsResource resource : request.resources()) {
            AlterConfigsResourceResponse response = new AlterConfigsResourceResponse()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName());
            changes.addResult(response);
            List<ConfigChange> wanted = new ArrayList<>();
            ConfigAlteration.Checked checked = changes.isRepeated(named(resource))
                    ? ConfigAlteration.Checked.repeated()
                    : check(context, resource, wanted, image);
            AlterConfigs command = checked.command();
            if (command != null) {
                changes.propose(response, command);
            } else if (!checked.isDoneHere()) {
                changes.refuse(response, checked.error(), checked.message());
            } else {
                response.setErrorMessage(null);
                if (!request.validateOnly()) {
                    loggers.apply(wanted);
                }
            }
        }
        changes.carryOut(
                metadata,
                request.validateOnly(),
                after -> context.respond(new IncrementalAlterConfigsResponse().setResponses(changes.results())));
    }

    private static ConfigAlteration.Named named(AlterConfigsResource resource) {
        return new ConfigAlteration.Named(resource.resourceType(), resource.resourceName());
    }

    /** @param changes takes what the resource is to have changed */
    private ConfigAlteration.Checked check(
            RequestContext context, AlterConfigsResource resource, List<ConfigChange> changes, MetadataImage image) {
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
