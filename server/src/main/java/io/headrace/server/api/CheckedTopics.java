package io.headrace.server.api;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Topics that a request was checked against, to be looked at again when what it asks for is done: by then one may have been
 * deleted, and its offsets with it, and what is stored afterwards would count for the next topic of that name.
 */
final class CheckedTopics {
    private final MetadataImage checked;
    private final Supplier<MetadataImage> metadata;

    /**
     * @param checked what the request was checked against
     * @param metadata as it is at the moment
     */
    CheckedTopics(MetadataImage checked, Supplier<MetadataImage> metadata) {
        this.checked = checked;
        this.metadata = metadata;
    }

    /** Takes those out that are not there any more, or are others of the same name, and returns them. */
    <T> List<T> removeDeleted(List<T> topics, Function<T, String> name) {
        MetadataImage now = metadata.get();
        List<T> deleted = new ArrayList<>(0);
        if (now.index() != checked.index()) {
            Iterator<T> all = topics.iterator();
            while (all.hasNext()) {
                T topic = all.next();
                if (!isStillThere(name.apply(topic), now)) {
                    all.remove();
                    deleted.add(topic);
                }
            }
        }
        return deleted;
    }

    private boolean isStillThere(String name, MetadataImage now) {
        TopicImage before = checked.topic(name);
        TopicImage after = now.topic(name);
        return before != null && after != null && before.id().equals(after.id());
    }
}
