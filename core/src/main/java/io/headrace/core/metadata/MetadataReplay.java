package io.headrace.core.metadata;

import java.util.Map;
import java.util.TreeMap;

/**
 * Carries out commands that were accepted before, in their order, as at a start. The outcome is that of applying one after
 * the other. But the leader epochs that several starts of a broker have raised are raised in one go, so that a broker that
 * failed a hundred times does not look at every topic as often. Used by one thread.
 */
public final class MetadataReplay {
    private MetadataImage image;
    /** How often the leader epochs of brokers are still to be raised. */
    private final Map<Integer, Integer> raises = new TreeMap<>();

    /** @param start the image that the first command was applied to */
    public MetadataReplay(MetadataImage start) {
        image = start;
    }

    /** Carries out the next command, as {@link MetadataImage#applyAccepted} does, and returns the answer. */
    public CommandResult apply(MetadataCommand command) {
        MetadataCommand next = command;
        if (command instanceof RegisterBroker start) {
            if (start.raisesLeaderEpochs(image.broker(start.id()))) {
                raises.merge(start.id(), 1, Integer::sum);
                next = start.afterOrderlyShutdown();
            }
        } else if (!(command instanceof AllocateProducerIds)) {
            // It may look at topics, or change them.
            raise();
        }
        MetadataImage.Applied applied = image.applyAccepted(next);
        image = applied.image();
        return applied.result();
    }

    private void raise() {
        if (!raises.isEmpty()) {
            MetadataImage.Builder changed = image.copy();
            raises.forEach(changed::raiseLeaderEpochs);
            raises.clear();
            image = changed.build();
        }
    }

    /** How many commands the image has seen. */
    public long index() {
        return image.index();
    }

    /** The image after the last command. */
    public MetadataImage image() {
        raise();
        return image;
    }
}
