package io.headrace.server.fetch;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.headrace.protocol.message.FetchResponse.NodeEndpoint;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.wire.Payload;
import io.headrace.server.api.RequestContext;
import io.headrace.server.fetch.FetchSessions.Selection;
import io.headrace.server.metadata.AdvertisedAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Puts together what a fetch is answered with: of a session, only the partitions that have news (KIP-227). */
final class FetchAnswer {
    private static final UUID NO_ID = new UUID(0, 0);

    private final Selection selection;
    private final MetadataImage image;
    private final RequestContext context;

    /** What was found in one partition. */
    record Result(FetchPartition partition, PartitionData data, TopicImage topic) {}

    FetchAnswer(Selection selection, MetadataImage image, RequestContext context) {
        this.selection = selection;
        this.image = image;
        this.context = context;
    }

    /** @param results one for each partition, in the order of the selection */
    FetchResponse of(List<Result> results) {
        FetchSession session = selection.session();
        List<FetchableTopicResponse> topics = new ArrayList<>();
        Set<Integer> leaders = new TreeSet<>();
        FetchableTopicResponse current = null;
        for (Result result : results) {
            if (session != null && !mustTell(session, result)) {
                continue;
            }
            TopicImage topic = result.topic();
            UUID id = result.partition().key().topicId().equals(NO_ID) ? NO_ID : topic.id();
            // Neighbours share an entry: some clients take only a topic's last entry in.
            if (current == null
                    || !current.topicId().equals(id)
                    || !current.topic().equals(topic.name())) {
                current = new FetchableTopicResponse().setTopic(topic.name()).setTopicId(id);
                topics.add(current);
            }
            current.partitions().add(result.data());
            if (result.data().currentLeader().leaderId() >= 0) {
                leaders.add(result.data().currentLeader().leaderId());
            }
        }
        FetchResponse response =
                new FetchResponse().setSessionId(selection.sessionId()).setResponses(topics);
        if (!leaders.isEmpty()) {
            response.setNodeEndpoints(endpoints(leaders));
        }
        return response;
    }

    private boolean mustTell(FetchSession session, Result result) {
        PartitionData data = result.data();
        Payload records = data.records();
        boolean error = data.errorCode() != ErrorCode.NONE.code()
                || data.divergingEpoch().endOffset() >= 0;
        boolean hasRecords = records != null && records.sizeBytes() > 0;
        boolean tell =
                session.noteTold(result.partition(), data.highWatermark(), data.logStartOffset(), hasRecords, error);
        return tell || !selection.incremental();
    }

    private List<NodeEndpoint> endpoints(Set<Integer> leaders) {
        List<NodeEndpoint> endpoints = new ArrayList<>();
        for (int id : leaders) {
            BrokerRegistration broker = image.broker(id);
            AdvertisedAddress address = broker == null ? null : AdvertisedAddress.of(broker, context);
            if (broker != null && address != null) {
                endpoints.add(new NodeEndpoint()
                        .setNodeId(id)
                        .setHost(address.host())
                        .setPort(address.port())
                        .setRack(broker.rack()));
            }
        }
        return endpoints;
    }
}
