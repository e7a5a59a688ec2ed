package io.headrace.server.api;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeLogDirsRequest;
import io.headrace.protocol.message.DescribeLogDirsResponse;
import io.headrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.headrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.headrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.storage.LogStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** DescribeLogDirs: how large partitions are on disk, and how full the disk is. Asks the file system, so off the loop. */
public final class DescribeLogDirsHandler implements RequestHandler<DescribeLogDirsRequest> {
    private static final Logger LOG = System.getLogger(DescribeLogDirsHandler.class.getName());

    private final Partitions partitions;
    private final Authorizer authorizer;
    private final Executor io;

    public DescribeLogDirsHandler(Partitions partitions, Authorizer authorizer, Executor io) {
        this.partitions = partitions;
        this.authorizer = authorizer;
        this.io = io;
    }

    @Override
    public void handle(RequestContext context, DescribeLogDirsRequest request) {
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE)) {
            context.respond(new DescribeLogDirsResponse().setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code()));
            return;
        }
        try {
            io.execute(() -> respond(context, describeSafely(request)));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "Too much waits for the disk; nobody looks at the directory");
            respond(context, unseen());
        }
    }

    private static void respond(RequestContext context, DescribeLogDirsResult result) {
        context.respond(new DescribeLogDirsResponse().setResults(List.of(result)));
    }

    private DescribeLogDirsResult describeSafely(DescribeLogDirsRequest request) {
        try {
            return describe(request);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Describing the log directory broke", e);
            return unseen();
        }
    }

    /** The directory without what is in it: nobody could look. */
    private DescribeLogDirsResult unseen() {
        return new DescribeLogDirsResult()
                .setErrorCode(ErrorCode.KAFKA_STORAGE_ERROR.code())
                .setLogDir(directory());
    }

    private String directory() {
        return partitions.store().directory().toAbsolutePath().toString();
    }

    private DescribeLogDirsResult describe(DescribeLogDirsRequest request) {
        LogStore store = partitions.store();
        List<DescribeLogDirsTopic> topics = new ArrayList<>();
        if (request.topics() == null) {
            partitions.image().forEachTopic(topic -> {
                List<Integer> all = new ArrayList<>();
                for (int i = 0; i < topic.partitionCount(); i++) {
                    all.add(i);
                }
                topics.add(describe(store, topic, all));
            });
        } else {
            for (DescribeLogDirsRequest.DescribableLogDirTopic wanted : request.topics()) {
                TopicImage topic = partitions.image().topic(wanted.topic());
                if (topic != null) {
                    topics.add(describe(store, topic, wanted.partitions()));
                }
            }
        }
        topics.removeIf(topic -> topic.partitions().isEmpty());
        ErrorCode error = store.isWritable() ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
        return new DescribeLogDirsResult()
                .setErrorCode(error.code())
                .setLogDir(directory())
                .setTopics(topics)
                .setTotalBytes(store.totalBytes())
                .setUsableBytes(store.usableBytes());
    }

    private static DescribeLogDirsTopic describe(LogStore store, TopicImage topic, List<Integer> indexes) {
        List<DescribeLogDirsPartition> described = new ArrayList<>(indexes.size());
        for (Integer index : indexes) {
            if (topic.hasPartition(index)) {
                described.add(new DescribeLogDirsPartition()
                        .setPartitionIndex(index)
                        .setPartitionSize(store.sizeBytes(new TopicIdPartition(topic.id(), topic.name(), index))));
            }
        }
        return new DescribeLogDirsTopic().setName(topic.name()).setPartitions(described);
    }
}
