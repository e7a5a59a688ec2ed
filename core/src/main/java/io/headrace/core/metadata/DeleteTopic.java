package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.UUID;

/**
 * Deletes a topic.
 *
 * @param id the id of the topic
 */
public record DeleteTopic(UUID id) implements MetadataCommand {

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        TopicImage topic = image.topic(id);
        if (topic == null) {
            return CommandResult.refused(ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_ID.message());
        }
        changed.removeTopic(topic);
        return CommandResult.ok();
    }
}
