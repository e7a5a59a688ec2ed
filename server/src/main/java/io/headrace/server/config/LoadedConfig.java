package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configuration a broker starts with.
 *
 * @param config the checked configuration
 * @param origins where each key that is set was set, in words, by key
 * @param notices what the operator should know, a sentence each: keys without effect, mistyped keys, removed keys
 * @param clusterId the id that a new cluster is to have; null to draw one at random
 */
public record LoadedConfig(
        BrokerConfig config,
        Map<String, String> origins,
        List<String> notices,
        @Nullable String clusterId) {

    /** Copies the collections unless they are immutable already. */
    public LoadedConfig {
        origins = Map.copyOf(origins);
        notices = List.copyOf(notices);
    }
}
