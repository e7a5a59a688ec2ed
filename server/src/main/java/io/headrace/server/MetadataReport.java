package io.headrace.server;

import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.UuidText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says in sentences what has changed in the metadata: topics created, grown and deleted, and whose configuration is another.
 * Of a configuration it names the keys alone, as a value may be a secret. What the log held before the listener was added
 * is not repeated.
 */
final class MetadataReport implements MetadataLog.Listener {
    /** Above so many changes of a kind at once there is one sentence about all of them, with so many names. */
    static final int NAMED_MAX = 10;
    /** The longest name that is repeated whole, in characters; no topic has a longer one. */
    private static final int NAME_LENGTH_MAX = 249;

    private final Consumer<String> lines;

    /** @param lines is given each sentence, without its end of line */
    MetadataReport(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Changes of one kind that came at once. */
    private static final class Kind {
        private final String verb;
        private final String things;
        private final List<String> sentences = new ArrayList<>();
        private final List<String> names = new ArrayList<>();
        private int count;

        Kind(String verb, String things) {
            this.verb = verb;
            this.things = things;
        }

        void add(String name, String sentence) {
            count++;
            if (count <= NAMED_MAX) {
                names.add(name);
                sentences.add(sentence);
            }
        }

        void tell(Consumer<String> lines) {
            if (count <= NAMED_MAX) {
                sentences.forEach(lines);
            } else {
                lines.accept(verb + " " + count + " " + things + ", among them " + String.join(", ", names));
            }
        }
    }

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        Kind created = new Kind("Created", "topics");
        Kind deleted = new Kind("Deleted", "topics");
        Kind grown = new Kind("Added partitions to", "topics");
        Kind configured = new Kind("Changed the configuration of", "topics, brokers, groups or client metrics");
        after.forEachTopicChange(before, (old, now) -> {
            if (old == null && now != null) {
                created.add(now.name(), "Created " + describe(now) + " with " + now.partitionCount() + " partition(s)");
            } else if (old != null && now == null) {
                deleted.add(old.name(), "Deleted " + describe(old));
            } else if (old != null && now != null) {
                addChange(old, now, grown, configured);
            }
        });
        after.forEachConfigChange(before, (resource, old, now) -> addConfigs(configured, describe(resource), old, now));
        for (Kind kind : List.of(created, deleted, grown, configured)) {
            kind.tell(lines);
        }
    }

    private static void addChange(TopicImage old, TopicImage now, Kind grown, Kind configured) {
        if (old.partitionCount() != now.partitionCount()) {
            grown.add(
                    now.name(),
                    "Added partitions to " + describe(now) + ", which had " + old.partitionCount() + " and has "
                            + now.partitionCount() + " now");
        }
        addConfigs(configured, "topic " + now.name(), old.configs(), now.configs());
    }

    private static void addConfigs(Kind configured, String what, Map<String, String> old, Map<String, String> now) {
        String keys = changedKeys(old, now);
        if (keys != null) {
            configured.add(what, "Changed " + keys + " of " + what);
        }
    }

    /** The keys that do not have the same value, sorted; null when there are none. */
    private static @Nullable String changedKeys(Map<String, String> old, Map<String, String> now) {
        TreeSet<String> keys = new TreeSet<>(old.keySet());
        keys.addAll(now.keySet());
        keys.removeIf(key -> Objects.equals(old.get(key), now.get(key)));
        if (keys.isEmpty()) {
            return null;
        }
        List<String> named =
                keys.stream().limit(NAMED_MAX).map(MetadataReport::shortened).toList();
        int more = keys.size() - named.size();
        return String.join(", ", named) + (more == 0 ? "" : " and " + more + " more keys");
    }

    private static String describe(TopicImage topic) {
        return "topic " + topic.name() + " (" + UuidText.encode(topic.id()) + ")";
    }

    private static String describe(ConfigResource resource) {
        if (resource.equals(ConfigResource.ALL_BROKERS)) {
            return "all brokers";
        }
        String kind =
                switch (resource.type()) {
                    case TOPIC -> "topic ";
                    case BROKER -> "broker ";
                    case BROKER_LOGGER -> "the loggers of broker ";
                    case CLIENT_METRICS -> "client metrics subscription ";
                    case GROUP -> "group ";
                };
        return kind + shortened(resource.name());
    }

    private static String shortened(String name) {
        return name.length() <= NAME_LENGTH_MAX ? name : name.substring(0, NAME_LENGTH_MAX) + "...";
    }
}
