package io.headrace.server.api;

import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchRequest.FetchPartition;
import io.headrace.protocol.message.FetchRequest.FetchTopic;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.server.fetch.FetchSessions;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.security.Authorizer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** The fetch requests of a test, of one partition of each topic, and what answers them. */
final class FetchRequests {
    private static final int BYTES_MAX = 1 << 20;

    private FetchRequests() {}

    /** Answers from a test's logs; has cold reads done on {@code io}. */
    static Fetches fetches(BrokerLogs logs, Authorizer authorizer, LongSupplier nowMs, Executor io) {
        return new Fetches(logs.partitions(), new FetchSessions(10, new Random(1)), authorizer, BYTES_MAX, nowMs, io);
    }

    /** Partition 0 from an offset on, by a client that says nothing of epochs. */
    static FetchPartition at(long offset) {
        return new FetchPartition()
                .setPartition(0)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(BYTES_MAX)
                .setCurrentLeaderEpoch(-1)
                .setLastFetchedEpoch(-1);
    }

    static FetchTopic topic(String name, FetchPartition partition) {
        return new FetchTopic().setTopic(name).setPartitions(List.of(partition));
    }

    /** One that is answered at once. */
    static FetchRequest request(FetchTopic... topics) {
        return new FetchRequest().setMaxBytes(BYTES_MAX).setMaxWaitMs(0).setTopics(List.of(topics));
    }

    /** What is answered for the first partition. */
    static PartitionData first(FetchResponse answer) {
        return answer.responses().get(0).partitions().get(0);
    }
}
