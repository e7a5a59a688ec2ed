package io.headrace.core.group;

import java.util.UUID;

/**
 * A topic that is gone. Its offsets go too, unless they were committed for another topic of the same name.
 *
 * @param name the topic's name
 * @param id the topic's id
 */
public record DeletedTopic(String name, UUID id) {}
