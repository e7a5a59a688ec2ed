package io.headrace.server.partition;

import io.headrace.core.metadata.TopicImage;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.coordinator.PartitionReader;
import io.headrace.storage.AppendTask;
import io.headrace.storage.JointAppend;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.FileSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The partitions of internal topics, as coordinators write and read them. Any thread. */
public final class CoordinatorLog implements PartitionAppender, PartitionReader {
    private static final Logger LOG = System.getLogger(CoordinatorLog.class.getName());
    private static final int READ_BYTES = 1 << 20;

    private final Partitions partitions;
    private final Executor io;

    /** @param io reads the logs */
    public CoordinatorLog(Partitions partitions, Executor io) {
        this.partitions = partitions;
        this.io = io;
    }

    @Override
    public void append(String topicName, int partition, PartitionAppender.Batches batches) {
        Partitions.Found found = find(topicName, partition);
        if (found == null || found.error() != ErrorCode.NONE) {
            batches.fail(ErrorCode.NOT_COORDINATOR);
            return;
        }
        List<? extends AppendTask> appends = appendsOf(batches, found);
        partitions.store().writer().enqueueInternal(appends.size() == 1 ? appends.get(0) : new JointAppend(appends));
    }

    /** The appends of batches to a partition that was found; to be queued together. */
    static List<? extends AppendTask> appendsOf(PartitionAppender.Batches batches, Partitions.Found found) {
        Appended appended = new Appended(batches.batches().size(), batches.callback());
        PartitionReplica replica = found.replicaOrThrow();
        return batches.batches().stream()
                .map(batch -> new Append(replica, batch, found.leaderEpoch(), batches.guard(), appended))
                .toList();
    }

    /** Collects the outcomes of one append's batches. On the log writer's thread. */
    private static final class Appended {
        private final PartitionAppender.Callback callback;
        private int left;
        private long firstOffset = -1;
        private @Nullable ErrorCode error;

        Appended(int count, PartitionAppender.Callback callback) {
            this.left = count;
            this.callback = callback;
        }

        void onOutcome(Append append) {
            if (append.error() != ErrorCode.NONE) {
                error = append.error();
            } else if (firstOffset < 0) {
                firstOffset = append.baseOffset();
            }
            if (--left == 0) {
                if (error == null) {
                    callback.durable(firstOffset);
                } else {
                    callback.failed(error);
                }
            }
        }
    }

    private static final class Append extends AppendTask {
        private final Appended appended;

        Append(
                PartitionReplica replica,
                ByteBuffer batch,
                int leaderEpoch,
                @Nullable VerificationGuard guard,
                Appended appended) {
            super(replica, batch, leaderEpoch, true);
            this.appended = appended;
            if (guard != null) {
                verifiedUnder(guard);
            }
        }

        @Override
        protected void onOutcome() {
            appended.onOutcome(this);
        }

        @Override
        protected void onReleased() {
            // The batch is the coordinator's own memory.
        }
    }

    @Override
    public void readAll(String topicName, int partition, PartitionReader.Sink sink) {
        Partitions.Found found = find(topicName, partition);
        if (found == null || found.error() != ErrorCode.NONE) {
            sink.failed(ErrorCode.NOT_COORDINATOR);
            return;
        }
        PartitionReplica replica = found.replicaOrThrow();
        if (replica.view() == null && !partitions.store().hasFiles(replica.id())) {
            io.execute(sink::end);
            return;
        }
        partitions.whenOpened(replica, () -> io.execute(() -> read(replica, sink)));
    }

    private static void read(PartitionReplica replica, PartitionReader.Sink sink) {
        LogView view = replica.view();
        if (view == null) {
            sink.failed(ErrorCode.KAFKA_STORAGE_ERROR);
            return;
        }
        try {
            long offset = view.logStartOffset();
            while (offset < view.highWatermark()) {
                FetchSlice slice = view.readVerified(offset, READ_BYTES, true, view.highWatermark());
                FileSlice records = slice.records();
                if (records == null) {
                    break;
                }
                try {
                    ByteBuffer bytes = ByteBuffer.allocate(records.sizeBytes());
                    records.readInto(bytes);
                    sink.batches(bytes.flip());
                } finally {
                    records.release();
                }
                offset = slice.nextOffset();
            }
            sink.end();
        } catch (IOException | RuntimeException | Error e) {
            LOG.log(Level.ERROR, "Reading " + replica.id() + " for its coordinator failed", e);
            sink.failed(ErrorCode.KAFKA_STORAGE_ERROR);
        }
    }

    private Partitions.@Nullable Found find(String topicName, int partition) {
        TopicImage topic = partitions.image().topic(topicName);
        return topic == null ? null : partitions.leader(topic, partition);
    }
}
