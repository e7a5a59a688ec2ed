package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.ClientMetricsConfigKeys;
import io.headrace.core.config.ConfigKey;
import io.headrace.core.config.ConfigSchema;
import io.headrace.core.config.ConfigSource;
import io.headrace.core.config.ConfigType;
import io.headrace.core.config.GroupConfigKeys;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.core.config.UpdateMode;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsSynonym;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Describes configurations to clients: for each key the effective value, where it comes from, and every place it could
 * come from, the one that wins first (KIP-226, KIP-569).
 *
 * <p>A broker key counts as another's synonym when the other takes its value in a different unit: {@code
 * log.retention.hours} of {@code log.retention.ms}. As in Kafka, such synonyms are told only from the point where the key
 * itself is set; a topic whose retention comes from {@code log.retention.hours} alone is told to have the default.
 */
public final class ConfigDescriber {
    private static final Map<String, List<String>> BROKER_SYNONYMS = brokerSynonyms();

    private final BrokerConfig broker;
    private final @Nullable Set<String> wanted;
    private final boolean withSynonyms;
    private final boolean withDocumentation;

    /**
     * @param broker the configuration of this broker
     * @param wanted the keys to describe; null or empty for all
     * @param withSynonyms whether to tell all places that a value could come from
     * @param withDocumentation whether to tell what keys are for
     */
    public ConfigDescriber(
            BrokerConfig broker, @Nullable Collection<String> wanted, boolean withSynonyms, boolean withDocumentation) {
        this.broker = broker;
        this.wanted = wanted == null || wanted.isEmpty() ? null : new HashSet<>(wanted);
        this.withSynonyms = withSynonyms;
        this.withDocumentation = withDocumentation;
    }

    private static Map<String, List<String>> brokerSynonyms() {
        Map<String, List<String>> synonyms = new HashMap<>();
        for (ConfigKey key : TopicConfigKeys.SCHEMA.keys()) {
            if (!key.synonyms().isEmpty()) {
                List<String> names =
                        key.synonyms().stream().map(ConfigKey.Synonym::broker).toList();
                synonyms.put(names.get(0), names);
            }
        }
        return synonyms;
    }

    /** A topic with these overrides. */
    public List<DescribeConfigsResourceResult> topic(Map<String, String> overrides) {
        List<DescribeConfigsResourceResult> entries = new ArrayList<>();
        for (ConfigKey key : described(TopicConfigKeys.SCHEMA, overrides)) {
            List<DescribeConfigsSynonym> sources = key.synonyms().isEmpty()
                    ? List.of()
                    : brokerSources(key.synonyms().get(0).broker());
            String override = overrides.get(key.name());
            String value = override == null ? broker.topicDefault(key) : override;
            entries.add(entry(key, value, withOverride(key, override, ConfigSource.TOPIC, sources), false));
        }
        return entries;
    }

    /** This broker. */
    public List<DescribeConfigsResourceResult> broker() {
        List<DescribeConfigsResourceResult> entries = new ArrayList<>();
        for (ConfigKey key : described(BrokerConfigKeys.SCHEMA, Map.of())) {
            boolean readOnly = key.updateMode() == UpdateMode.READ_ONLY;
            entries.add(entry(key, broker.text(key.name()), brokerSources(key.name()), readOnly));
        }
        Set<String> unknown = new TreeSet<>(broker.unknownFixedKeys());
        unknown.addAll(broker.clusterDefaults().keySet());
        unknown.addAll(broker.ownValues().keySet());
        unknown.removeIf(name -> BrokerConfigKeys.SCHEMA.find(name) != null || !isWanted(name));
        for (String name : unknown) {
            entries.add(unknown(name, sourcesOfUnknown(name)));
        }
        return entries;
    }

    private List<ConfigSource> sourcesOfUnknown(String name) {
        List<ConfigSource> sources = new ArrayList<>(3);
        if (broker.ownValues().containsKey(name)) {
            sources.add(ConfigSource.DYNAMIC_BROKER);
        }
        if (broker.clusterDefaults().containsKey(name)) {
            sources.add(ConfigSource.DYNAMIC_DEFAULT_BROKER);
        }
        if (broker.unknownFixedKeys().contains(name)) {
            sources.add(ConfigSource.STATIC_BROKER);
        }
        return sources;
    }

    /** What was set while running for all brokers: only the keys that are set. */
    public List<DescribeConfigsResourceResult> allBrokers() {
        List<DescribeConfigsResourceResult> entries = new ArrayList<>();
        for (Map.Entry<String, String> set : new TreeMap<>(broker.clusterDefaults()).entrySet()) {
            ConfigKey key = BrokerConfigKeys.SCHEMA.find(set.getKey());
            if (!isWanted(set.getKey())) {
                continue;
            }
            if (key == null) {
                entries.add(unknown(set.getKey(), List.of(ConfigSource.DYNAMIC_DEFAULT_BROKER)));
            } else {
                DescribeConfigsSynonym source =
                        source(key, set.getKey(), set.getValue(), ConfigSource.DYNAMIC_DEFAULT_BROKER);
                entries.add(entry(key, set.getValue(), List.of(source), key.updateMode() == UpdateMode.READ_ONLY));
            }
        }
        return entries;
    }

    /** A group with these overrides. */
    public List<DescribeConfigsResourceResult> group(Map<String, String> overrides) {
        List<DescribeConfigsResourceResult> entries = new ArrayList<>();
        for (ConfigKey key : described(GroupConfigKeys.SCHEMA, overrides)) {
            String brokerKey =
                    key.synonyms().isEmpty() ? null : key.synonyms().get(0).broker();
            List<DescribeConfigsSynonym> sources = brokerKey == null
                    ? List.of(source(key, key.name(), key.defaultText(), ConfigSource.DEFAULT))
                    : brokerSources(brokerKey);
            String override = overrides.get(key.name());
            String inherited = brokerKey == null ? key.defaultText() : broker.text(brokerKey);
            String value = override == null ? inherited : override;
            entries.add(entry(key, value, withOverride(key, override, ConfigSource.GROUP, sources), false));
        }
        return entries;
    }

    /** A metrics subscription with these values. */
    public List<DescribeConfigsResourceResult> clientMetrics(Map<String, String> values) {
        List<DescribeConfigsResourceResult> entries = new ArrayList<>();
        for (ConfigKey key : described(ClientMetricsConfigKeys.SCHEMA, values)) {
            String set = values.get(key.name());
            String value = set == null ? key.defaultText() : set;
            entries.add(entry(key, value, withOverride(key, set, ConfigSource.CLIENT_METRICS, List.of()), false));
        }
        return entries;
    }

    /** Those to be shown; one that is not for everybody only where it is set. */
    private List<ConfigKey> described(ConfigSchema schema, Map<String, String> set) {
        return schema.keys().stream()
                .filter(key -> (!key.internal() || set.containsKey(key.name())) && isWanted(key.name()))
                .toList();
    }

    private boolean isWanted(String name) {
        return wanted == null || wanted.contains(name);
    }

    private static List<DescribeConfigsSynonym> withOverride(
            ConfigKey key, @Nullable String override, ConfigSource source, List<DescribeConfigsSynonym> others) {
        if (override == null) {
            return others;
        }
        List<DescribeConfigsSynonym> all = new ArrayList<>();
        all.add(source(key, key.name(), override, source));
        all.addAll(others);
        return all;
    }

    /** Every place that the value of a broker key could come from, from the first on that sets the key itself. */
    private List<DescribeConfigsSynonym> brokerSources(String name) {
        List<DescribeConfigsSynonym> sources = new ArrayList<>();
        List<String> names = BROKER_SYNONYMS.getOrDefault(name, List.of(name));
        addSources(sources, names, broker.ownValues(), ConfigSource.DYNAMIC_BROKER);
        addSources(sources, names, broker.clusterDefaults(), ConfigSource.DYNAMIC_DEFAULT_BROKER);
        addSources(sources, names, broker.fixedValues(), ConfigSource.STATIC_BROKER);
        for (String synonym : names) {
            ConfigKey key = BrokerConfigKeys.SCHEMA.key(synonym);
            // Kafka's node.id has no default, so next to a value that is set there is no other.
            if (key.defaultText() != null && (sources.isEmpty() || !synonym.equals("node.id"))) {
                sources.add(source(key, synonym, key.defaultText(), ConfigSource.DEFAULT));
            }
        }
        int first = 0;
        while (first < sources.size() && !sources.get(first).name().equals(name)) {
            first++;
        }
        return sources.subList(first, sources.size());
    }

    private static void addSources(
            List<DescribeConfigsSynonym> sources, List<String> names, Map<String, String> values, ConfigSource source) {
        for (String name : names) {
            String value = values.get(name);
            if (value != null) {
                sources.add(source(BrokerConfigKeys.SCHEMA.key(name), name, value, source));
            }
        }
    }

    private static DescribeConfigsSynonym source(
            ConfigKey key, String name, @Nullable String value, ConfigSource source) {
        return new DescribeConfigsSynonym()
                .setName(name)
                .setValue(shown(key, value))
                .setSource(source.code());
    }

    private DescribeConfigsResourceResult entry(
            ConfigKey key, @Nullable String value, List<DescribeConfigsSynonym> sources, boolean readOnly) {
        byte source =
                sources.isEmpty() ? ConfigSource.DEFAULT.code() : sources.get(0).source();
        return new DescribeConfigsResourceResult()
                .setName(key.name())
                .setValue(shown(key, value))
                .setReadOnly(readOnly)
                .setConfigSource(source)
                .setIsSensitive(key.sensitive())
                .setSynonyms(withSynonyms ? sources : List.of())
                .setConfigType(key.type().code())
                .setDocumentation(withDocumentation ? key.documentation() : null);
    }

    /** A key that nobody here knows could hold anything, so its value is not shown. */
    private DescribeConfigsResourceResult unknown(String name, List<ConfigSource> sources) {
        List<DescribeConfigsSynonym> synonyms = sources.stream()
                .map(source -> new DescribeConfigsSynonym()
                        .setName(name)
                        .setValue(null)
                        .setSource(source.code()))
                .toList();
        return new DescribeConfigsResourceResult()
                .setName(name)
                .setValue(null)
                .setReadOnly(true)
                .setConfigSource(sources.get(0).code())
                .setIsSensitive(true)
                .setSynonyms(withSynonyms ? synonyms : List.of())
                .setConfigType((byte) 0);
    }

    /** A value in its simplest form; null for secrets. */
    private static @Nullable String shown(ConfigKey key, @Nullable String value) {
        if (value == null || key.sensitive()) {
            return null;
        }
        try {
            Object parsed = key.parse(value);
            return key.type() == ConfigType.LIST
                    ? ((List<?>) parsed)
                            .stream().map(Object::toString).distinct().collect(Collectors.joining(","))
                    : parsed.toString();
        } catch (InvalidConfigException e) {
            return value;
        }
    }
}
