package io.headrace.core.group;

import io.headrace.protocol.message.ConsumerProtocolSubscription;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks into the metadata of consumers for the topics they read.
 *
 * <p>Only for keeping their offsets alive. Clients are free to send what they like, so nothing else may depend on it.
 */
final class ConsumerSubscription {
    private ConsumerSubscription() {}

    /** All topics that occur in the members' metadata, or null if one of them cannot be understood. */
    static @Nullable Set<String> topicsOf(List<byte[]> metadataOfMembers) {
        Set<String> topics = new HashSet<>();
        for (byte[] metadata : metadataOfMembers) {
            List<String> memberTopics = parse(metadata);
            if (memberTopics == null) {
                return null;
            }
            topics.addAll(memberTopics);
        }
        return topics;
    }

    private static @Nullable List<String> parse(byte[] metadata) {
        try {
            WireReader in = new WireReader(ByteBuffer.wrap(metadata));
            if (in.readShort() < 0) {
                return null;
            }
            // Every later version begins with the fields of version 0.
            return ConsumerProtocolSubscription.read(in, (short) 0).topics();
        } catch (MalformedMessageException e) {
            return null;
        }
    }
}
