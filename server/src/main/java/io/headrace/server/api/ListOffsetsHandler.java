package io.headrace.server.api;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsTopicResponse;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.StaleLogViewException;
import io.headrace.storage.log.TimestampedOffset;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** ListOffsets: offsets by time, and the special times below zero. What must be looked up in files is done off the loop. */
public final class ListOffsetsHandler implements RequestHandler<ListOffsetsRequest> {
    private static final Logger LOG = System.getLogger(ListOffsetsHandler.class.getName());

    /** How often a search begins anew because what it reads is truncated or deleted under it. */
    private static final int SEARCHES_MAX = 10;

    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;
    private static final long EARLIEST_LOCAL = -4;
    /** Needs tiered storage; without it there is no such offset (KIP-1005). */
    private static final long LATEST_TIERED = -5;
    /** Needs tiered storage; without it there is no such offset (KIP-1023). */
    private static final long EARLIEST_PENDING_UPLOAD = -6;

    private static final Map<Long, Integer> FIRST_VERSION_WITH_TIME = Map.of(
            LATEST, 0, EARLIEST, 0, MAX_TIMESTAMP, 7, EARLIEST_LOCAL, 8, LATEST_TIERED, 9, EARLIEST_PENDING_UPLOAD, 11);

    private static final byte READ_COMMITTED = 1;
    private static final int FIRST_VERSION_WITH_EPOCH = 4;
    private static final int FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;

    private final Partitions partitions;
    private final Authorizer authorizer;
    private final Executor io;

    /** @param io for look-ups by time, which read files */
    public ListOffsetsHandler(Partitions partitions, Authorizer authorizer, Executor io) {
        this.partitions = partitions;
        this.authorizer = authorizer;
        this.io = io;
    }

    /** One partition as a request names it, perhaps several times. */
    private static final class Asked {
        private final ListOffsetsPartition partition;
        private boolean repeated;

        Asked(ListOffsetsPartition partition) {
            this.partition = partition;
        }
    }

    @Override
    public void handle(RequestContext context, ListOffsetsRequest request) {
        Map<String, Map<Integer, Asked>> asked = asked(request);
        List<ListOffsetsTopicResponse> topics = new ArrayList<>(asked.size());
        Countdown answered = Countdown.ofParts(asked.values(), Map::size, () -> {
            if (context.apiVersion() < FIRST_VERSION_WITH_EPOCH) {
                dropEpochs(topics);
            }
            context.respond(new ListOffsetsResponse().setTopics(topics));
        });
        asked.forEach((name, askedPartitions) -> {
            List<ListOffsetsPartitionResponse> results = new ArrayList<>(askedPartitions.size());
            topics.add(new ListOffsetsTopicResponse().setName(name).setPartitions(results));
            TopicImage topic = partitions.image().topic(name);
            boolean allowed = Access.of(context, authorizer).allows(Operation.DESCRIBE, ResourceType.TOPIC, name);
            for (Asked wanted : askedPartitions.values()) {
                ListOffsetsPartitionResponse result =
                        new ListOffsetsPartitionResponse().setPartitionIndex(wanted.partition.partitionIndex());
                results.add(result);
                ErrorCode refused = allowed ? refusal(wanted, context) : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
                if (refused != ErrorCode.NONE) {
                    result.setErrorCode(refused.code());
                    answered.arrived();
                } else {
                    find(context, request, topic, wanted.partition, result, answered);
                }
            }
        });
        answered.arrived();
    }

    /** What a request names, each partition once, however often it and its topic are named. */
    private static Map<String, Map<Integer, Asked>> asked(ListOffsetsRequest request) {
        Map<String, Map<Integer, Asked>> asked = new LinkedHashMap<>();
        for (ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsPartition partition : topic.partitions()) {
                Asked first = asked.computeIfAbsent(topic.name(), name -> new LinkedHashMap<>())
                        .putIfAbsent(partition.partitionIndex(), new Asked(partition));
                if (first != null) {
                    first.repeated = true;
                }
            }
        }
        return asked;
    }

    /** What is wrong with a partition of a request, whether or not there is such a partition. */
    private static ErrorCode refusal(Asked wanted, RequestContext context) {
        if (wanted.repeated) {
            return ErrorCode.INVALID_REQUEST;
        }
        long timestamp = wanted.partition.timestamp();
        boolean known = timestamp >= 0
                || context.apiVersion() >= FIRST_VERSION_WITH_TIME.getOrDefault(timestamp, Integer.MAX_VALUE);
        return known ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION;
    }

    private static void dropEpochs(List<ListOffsetsTopicResponse> topics) {
        for (ListOffsetsTopicResponse topic : topics) {
            for (ListOffsetsPartitionResponse partition : topic.partitions()) {
                partition.setLeaderEpoch(-1);
            }
        }
    }

    private void find(
            RequestContext context,
            ListOffsetsRequest request,
            @Nullable TopicImage topic,
            ListOffsetsPartition wanted,
            ListOffsetsPartitionResponse result,
            Countdown answered) {
        Partitions.Found found =
                topic == null ? null : partitions.leader(topic, wanted.partitionIndex(), wanted.currentLeaderEpoch());
        if (found == null || found.error() != ErrorCode.NONE) {
            ErrorCode error = found == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : found.error();
            result.setErrorCode(error.code());
            answered.arrived();
            return;
        }
        boolean committedOnly = request.isolationLevel() == READ_COMMITTED;
        PartitionReplica replica = found.replicaOrThrow();
        Runnable look =
                () -> look(context, replica, wanted.timestamp(), committedOnly, found.leaderEpoch(), result, answered);
        partitions.whenOpened(replica, () -> VisibleWrites.await(context, replica, look));
    }

    private void look(
            RequestContext context,
            PartitionReplica replica,
            long timestamp,
            boolean committedOnly,
            int leaderEpoch,
            ListOffsetsPartitionResponse result,
            Countdown answered) {
        LogView view = replica.view();
        if (view == null) {
            result.setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
            answered.arrived();
        } else if (timestamp >= 0 || timestamp == MAX_TIMESTAMP) {
            searchElsewhere(() -> search(replica, view, timestamp, committedOnly, result), context, result, answered);
        } else {
            special(view, timestamp, committedOnly, leaderEpoch, result);
            answered.arrived();
        }
    }

    private static void special(
            LogView view, long timestamp, boolean committedOnly, int leaderEpoch, ListOffsetsPartitionResponse result) {
        if (timestamp == LATEST) {
            result.setOffset(committedOnly ? view.lastStableOffset() : view.highWatermark())
                    .setLeaderEpoch(leaderEpoch);
        } else if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL) {
            long start = view.logStartOffset();
            result.setOffset(start)
                    .setLeaderEpoch(view.leaderEpochs(leaderEpoch).epochAt(start));
        }
    }

    /** Searches off this thread, which may be the log writer's; a client that finds too much to be done is to come again. */
    private void searchElsewhere(
            Runnable search, RequestContext context, ListOffsetsPartitionResponse result, Countdown answered) {
        try {
            io.execute(() -> {
                try {
                    search.run();
                } catch (RuntimeException | Error e) {
                    LOG.log(Level.ERROR, "A search broke", e);
                    result.setErrorCode(ErrorCode.UNKNOWN_SERVER_ERROR.code());
                } finally {
                    answered.arrived();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "Too many searches wait for the disk; one is refused");
            ErrorCode error = context.apiVersion() < FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE
                    ? ErrorCode.LEADER_NOT_AVAILABLE
                    : ErrorCode.OFFSET_NOT_AVAILABLE;
            result.setErrorCode(error.code());
            answered.arrived();
        }
    }

    private static void search(
            PartitionReplica replica,
            LogView view,
            long timestamp,
            boolean committedOnly,
            ListOffsetsPartitionResponse result) {
        LogView current = view;
        try {
            for (int attempt = 1; current != null && attempt <= SEARCHES_MAX; attempt++) {
                try {
                    searchOnce(current, timestamp, committedOnly, result);
                    return;
                } catch (StaleLogViewException e) {
                    LOG.log(Level.DEBUG, "A search by time met a log that changed: {0}", e.getMessage());
                    current = replica.view();
                }
            }
            result.setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
        } catch (CorruptLogException e) {
            LOG.log(Level.ERROR, "Searching " + replica.id() + " by time met damage", e);
            result.setErrorCode(ErrorCode.CORRUPT_MESSAGE.code());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Searching " + replica.id() + " by time failed", e);
            result.setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
        }
    }

    private static void searchOnce(
            LogView view, long timestamp, boolean committedOnly, ListOffsetsPartitionResponse result)
            throws IOException {
        long bound = committedOnly ? view.lastStableOffset() : view.highWatermark();
        TimestampedOffset found =
                timestamp == MAX_TIMESTAMP ? view.maxTimestampOffset() : view.offsetForTimestamp(timestamp, bound);
        if (found != null && found.offset() < bound) {
            result.setOffset(found.offset()).setTimestamp(found.timestampMs()).setLeaderEpoch(found.leaderEpoch());
        }
    }
}
