package io.headrace.storage.metadata;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog.Listener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The newest image of a metadata log and those who follow it. One thread publishes; any thread may read and add listeners. */
public final class PublishedImage {
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile MetadataImage image;

    public PublishedImage(MetadataImage first) {
        image = first;
    }

    /** The newest image. */
    public MetadataImage image() {
        return image;
    }

    /** Tells a listener of every image that is published from now on. */
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    /** Replaces the image and tells the listeners, on the calling thread. */
    public void publish(MetadataImage after) {
        MetadataImage before = image;
        image = after;
        for (Listener listener : listeners) {
            listener.changed(before, after);
        }
    }
}
