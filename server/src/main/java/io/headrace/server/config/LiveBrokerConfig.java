package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * The broker's configuration as it is now: what it started with, and over that what the metadata says (KIP-226).
 *
 * <p>Any thread may read it. The metadata log's thread changes it.
 */
public final class LiveBrokerConfig implements Supplier<BrokerConfig>, MetadataLog.Listener {
    private static final System.Logger LOGGER = System.getLogger(LiveBrokerConfig.class.getName());

    /** Learns of changes. Called on the metadata log's thread; must not block. */
    @FunctionalInterface
    public interface Listener {
        void changed(BrokerConfig before, BrokerConfig after);
    }

    private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();
    private final ConfigResource self;
    private volatile BrokerConfig current;

    /**
     * @param start what the broker started with
     * @param image the metadata so far
     */
    public LiveBrokerConfig(BrokerConfig start, MetadataImage image) {
        this.current = start;
        this.self = ConfigResource.broker(start.node().nodeId());
        follow(image);
    }

    @Override
    public BrokerConfig get() {
        return current;
    }

    /** Adds a listener, which is told of every change that comes after this call. */
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        follow(after);
    }

    private void follow(MetadataImage image) {
        Map<String, String> all = image.configs(ConfigResource.ALL_BROKERS);
        Map<String, String> own = image.configs(self);
        BrokerConfig before = current;
        if (before.clusterDefaults().equals(all) && before.ownValues().equals(own)) {
            return;
        }
        BrokerConfig after;
        try {
            after = before.withDynamic(all, own);
        } catch (InvalidConfigException e) {
            LOGGER.log(System.Logger.Level.WARNING, "Keeping the configuration as it was: {0}", e.getMessage());
            return;
        }
        current = after;
        noticeIneffective(before.clusterDefaults(), all);
        noticeIneffective(before.ownValues(), own);
        LOGGER.log(
                System.Logger.Level.INFO,
                "Configuration changed: for all brokers {0}, for this one {1} are set",
                all.keySet(),
                own.keySet());
        for (Listener listener : listeners) {
            listener.changed(before, after);
        }
    }

    private static void noticeIneffective(Map<String, String> before, Map<String, String> after) {
        after.forEach((key, value) -> {
            String text = value.equals(before.get(key)) ? null : ConfigNotices.about(key, value);
            if (text != null) {
                LOGGER.log(System.Logger.Level.WARNING, "Configuration {0} (set while running) {1}", key, text);
            }
        });
    }
}
