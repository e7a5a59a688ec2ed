package io.headrace.server;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a broker owes for a frame, as the frame's bytes tell.
 *
 * @param close why the connection must be closed; null when an answer is due
 * @param key what must be answered
 * @param body the request as it reads; null when it cannot be read, or must not be for its version is unknown
 */
record FrameVerdict(
        @Nullable CloseReason close,
        @Nullable ApiKey key,
        short version,
        int correlationId,
        @Nullable ApiMessage body) {
    private static final int CREATED_PARTITIONS_MAX = 4;

    /** Decodes as the broker does. Anything but the one exception for malformed input fails the test. */
    static FrameVerdict of(byte[] frame, Set<ApiKey> served) {
        if (frame.length == 0) {
            return closed(CloseReason.EMPTY_FRAME);
        }
        if (frame.length < 4) {
            return closed(CloseReason.MALFORMED_REQUEST);
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        ApiKey key = ApiKey.forId(bytes.getShort(0));
        short version = bytes.getShort(2);
        if (key == null || !served.contains(key)) {
            return closed(CloseReason.UNSUPPORTED_REQUEST);
        }
        boolean supported = version >= key.lowestVersion() && version <= key.highestVersion();
        if (!supported && key != ApiKey.API_VERSIONS) {
            return closed(CloseReason.UNSUPPORTED_REQUEST);
        }
        try {
            WireReader reader = new WireReader(bytes);
            RequestHeader header =
                    RequestHeader.read(reader, supported ? key.requestHeaderVersion(version) : (short) 1);
            ApiMessage body = supported ? key.readRequest(reader, version) : null;
            return new FrameVerdict(null, key, supported ? version : 0, header.correlationId(), body);
        } catch (MalformedMessageException e) {
            return closed(CloseReason.MALFORMED_REQUEST);
        }
    }

    private static FrameVerdict closed(CloseReason reason) {
        return new FrameVerdict(reason, null, (short) 0, 0, null);
    }

    /** Whether the answer may rightly be long in coming. */
    boolean mayWait() {
        return (body instanceof FetchRequest fetch && fetch.maxWaitMs() > 0)
                || key == ApiKey.JOIN_GROUP
                || key == ApiKey.SYNC_GROUP;
    }

    boolean wantsNoAnswer() {
        return body instanceof ProduceRequest produce && produce.acks() == 0;
    }

    /** Whether serving it would do what it asks for at the cost of the frames to come. */
    boolean spoilsTheTest(UUID topicInUse) {
        if (body instanceof CreateTopicsRequest create && !create.validateOnly()) {
            long partitions = 0;
            for (var topic : create.topics()) {
                partitions +=
                        Math.max(topic.numPartitions(), topic.assignments().size());
            }
            return partitions > CREATED_PARTITIONS_MAX;
        }
        if (body instanceof CreatePartitionsRequest create && !create.validateOnly()) {
            return create.topics().stream().anyMatch(topic -> topic.count() > CREATED_PARTITIONS_MAX);
        }
        return body instanceof DeleteTopicsRequest delete
                && delete.topics().stream().anyMatch(topic -> topic.topicId().equals(topicInUse));
    }
}
