package io.headrace.server.api;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeClusterRequest;
import io.headrace.protocol.message.DescribeClusterResponse;
import io.headrace.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import io.headrace.server.metadata.AdvertisedAddress;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.AuthorizedOperations;
import io.headrace.server.security.Authorizer;

/** DescribeCluster: the cluster's id and brokers (KIP-700, KIP-919). */
public final class DescribeClusterHandler implements RequestHandler<DescribeClusterRequest> {
    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;

    private final Proposals metadata;
    private final AuthorizedOperations authorized;

    public DescribeClusterHandler(Proposals metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorized = new AuthorizedOperations(authorizer);
    }

    @Override
    public void handle(RequestContext context, DescribeClusterRequest request) {
        if (request.endpointType() != BROKERS) {
            ErrorCode error = request.endpointType() == CONTROLLERS
                    ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
                    : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
            context.respond(new DescribeClusterResponse()
                    .setErrorCode(error.code())
                    .setErrorMessage("This is a broker; it does not describe endpoints of type "
                            + request.endpointType() + "."));
            return;
        }
        MetadataImage image = metadata.image();
        DescribeClusterResponse response =
                new DescribeClusterResponse().setClusterId(image.clusterId()).setControllerId(-1);
        for (BrokerRegistration broker : image.brokers()) {
            AdvertisedAddress address = AdvertisedAddress.of(broker, context);
            if (address != null && (!broker.fenced() || request.includeFencedBrokers())) {
                response.brokers()
                        .add(new DescribeClusterBroker()
                                .setBrokerId(broker.id())
                                .setHost(address.host())
                                .setPort(address.port())
                                .setRack(broker.rack())
                                .setIsFenced(broker.fenced()));
                response.setControllerId(broker.id());
            }
        }
        if (request.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(authorized.onCluster(context));
        }
        context.respond(response);
    }
}
