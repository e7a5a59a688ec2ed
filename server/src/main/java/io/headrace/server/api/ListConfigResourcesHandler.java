package io.headrace.server.api;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListConfigResourcesRequest;
import io.headrace.protocol.message.ListConfigResourcesResponse;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** ListConfigResources: the names of everything that can be configured, or of metrics subscriptions only (KIP-1142). */
public final class ListConfigResourcesHandler implements RequestHandler<ListConfigResourcesRequest> {
    private final MetadataLog metadata;
    private final Authorizer authorizer;

    public ListConfigResourcesHandler(MetadataLog metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, ListConfigResourcesRequest request) {
        ListConfigResourcesResponse response = new ListConfigResourcesResponse();
        Set<ConfigResource.Type> types = types(context, request);
        if (!mayDescribe(context)) {
            response.setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
        } else if (types == null) {
            response.setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code());
        } else {
            MetadataImage image = metadata.image();
            List<ListConfigResourcesResponse.ConfigResource> resources = new ArrayList<>();
            for (ConfigResource.Type type : types) {
                for (String name : names(image, type)) {
                    resources.add(new ListConfigResourcesResponse.ConfigResource()
                            .setResourceType(type.code())
                            .setResourceName(name));
                }
            }
            response.setConfigResources(resources);
        }
        context.respond(response);
    }

    /** The kinds that are asked for; null if one is not known. */
    private static @Nullable Set<ConfigResource.Type> types(
            RequestContext context, ListConfigResourcesRequest request) {
        if (context.apiVersion() == 0) {
            return Set.of(ConfigResource.Type.CLIENT_METRICS);
        }
        if (request.resourceTypes().isEmpty()) {
            return new LinkedHashSet<>(List.of(ConfigResource.Type.values()));
        }
        Set<ConfigResource.Type> types = new LinkedHashSet<>();
        for (byte code : request.resourceTypes()) {
            ConfigResource.Type type = ConfigResource.Type.forCode(code);
            if (type == null) {
                return null;
            }
            types.add(type);
        }
        return types;
    }

    private static List<String> names(MetadataImage image, ConfigResource.Type type) {
        return switch (type) {
            case TOPIC -> image.sortedTopicNames();
            case BROKER, BROKER_LOGGER ->
                image.brokers().stream()
                        .map(BrokerRegistration::id)
                        .map(String::valueOf)
                        .toList();
            case GROUP, CLIENT_METRICS ->
                image.configuredResources().stream()
                        .filter(resource -> resource.type() == type)
                        .map(ConfigResource::name)
                        .sorted()
                        .toList();
        };
    }

    private boolean mayDescribe(RequestContext context) {
        return Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE_CONFIGS);
    }
}
