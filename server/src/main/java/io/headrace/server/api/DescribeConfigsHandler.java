package io.headrace.server.api;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeConfigsRequest;
import io.headrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.headrace.protocol.message.DescribeConfigsResponse;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.headrace.server.config.BrokerLoggers;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.config.ConfigDescriber;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** DescribeConfigs: what is set for topics, brokers and their loggers, groups and metrics subscriptions, and where it comes from. */
public final class DescribeConfigsHandler implements RequestHandler<DescribeConfigsRequest> {
    private final MetadataLog metadata;
    private final Supplier<BrokerConfig> config;
    private final Authorizer authorizer;
    private final BrokerLoggers loggers;

    public DescribeConfigsHandler(
            MetadataLog metadata, Supplier<BrokerConfig> config, Authorizer authorizer, BrokerLoggers loggers) {
        this.metadata = metadata;
        this.config = config;
        this.authorizer = authorizer;
        this.loggers = loggers;
    }

    @Override
    public void handle(RequestContext context, DescribeConfigsRequest request) {
        List<DescribeConfigsResult> results = new ArrayList<>();
        for (DescribeConfigsResource resource : request.resources()) {
            results.add(describe(context, request, resource));
        }
        context.respond(new DescribeConfigsResponse().setResults(results));
    }

    private DescribeConfigsResult describe(
            RequestContext context, DescribeConfigsRequest request, DescribeConfigsResource asked) {
        DescribeConfigsResult result = new DescribeConfigsResult()
                .setResourceType(asked.resourceType())
                .setResourceName(asked.resourceName())
                .setErrorMessage("");
        ConfigResource.Type type = ConfigResource.Type.forCode(asked.resourceType());
        if (type == null) {
            return refuse(result, ErrorCode.INVALID_REQUEST, "Unknown resource type " + asked.resourceType());
        }
        ErrorCode denied = authorize(context, type, asked.resourceName());
        if (denied != ErrorCode.NONE) {
            return refuse(result, denied, denied.message());
        }
        ConfigDescriber describer = new ConfigDescriber(
                config.get(), asked.configurationKeys(), request.includeSynonyms(), request.includeDocumentation());
        ConfigResource resource = new ConfigResource(type, asked.resourceName());
        return switch (type) {
            case TOPIC -> describeTopic(describer, resource, result);
            case BROKER -> describeBroker(describer, asked.resourceName(), result);
            case BROKER_LOGGER -> describeLoggers(asked, result);
            case GROUP ->
                asked.resourceName().isEmpty()
                        ? refuse(result, ErrorCode.INVALID_REQUEST, "A group without a name has no configuration.")
                        : result.setConfigs(describer.group(metadata.image().configs(resource)));
            case CLIENT_METRICS ->
                asked.resourceName().isEmpty()
                        ? refuse(
                                result,
                                ErrorCode.INVALID_REQUEST,
                                "A subscription without a name has no configuration.")
                        : result.setConfigs(
                                describer.clientMetrics(metadata.image().configs(resource)));
        };
    }

    private DescribeConfigsResult describeTopic(
            ConfigDescriber describer, ConfigResource resource, DescribeConfigsResult result) {
        String problem = TopicNames.problem(resource.name());
        if (problem != null) {
            return refuse(result, ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
        }
        MetadataImage image = metadata.image();
        return image.topic(resource.name()) == null
                ? refuse(result, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "")
                : result.setConfigs(describer.topic(image.configs(resource)));
    }

    private DescribeConfigsResult describeBroker(ConfigDescriber describer, String name, DescribeConfigsResult result) {
        if (name.isEmpty()) {
            return result.setConfigs(describer.allBrokers());
        }
        String problem = notThisBroker(name);
        return problem == null
                ? result.setConfigs(describer.broker())
                : refuse(result, ErrorCode.INVALID_REQUEST, problem);
    }

    private DescribeConfigsResult describeLoggers(DescribeConfigsResource asked, DescribeConfigsResult result) {
        String problem = notThisBroker(asked.resourceName());
        return problem == null
                ? result.setConfigs(loggers.describe(asked.configurationKeys()))
                : refuse(result, ErrorCode.INVALID_REQUEST, problem);
    }

    private @Nullable String notThisBroker(String name) {
        return ConfigAlteration.notThisBroker(name, config.get().node().nodeId());
    }

    private static DescribeConfigsResult refuse(DescribeConfigsResult result, ErrorCode error, String message) {
        return result.setErrorCode(error.code()).setErrorMessage(message);
    }

    private ErrorCode authorize(RequestContext context, ConfigResource.Type type, String name) {
        return switch (type) {
            case TOPIC -> authorize(context, ResourceType.TOPIC, name, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            case GROUP -> authorize(context, ResourceType.GROUP, name, ErrorCode.GROUP_AUTHORIZATION_FAILED);
            case BROKER, BROKER_LOGGER, CLIENT_METRICS ->
                authorize(
                        context, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME, ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
        };
    }

    private ErrorCode authorize(RequestContext context, ResourceType type, String name, ErrorCode error) {
        return Access.of(context, authorizer).allows(Operation.DESCRIBE_CONFIGS, type, name) ? ErrorCode.NONE : error;
    }
}
