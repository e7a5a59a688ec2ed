package io.headrace.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A broker's effective configuration: what was changed for it while running, over what was changed for the whole
 * cluster, over its own file, over the built-in defaults (KIP-226). Immutable and checked as a whole.
 */
public final class BrokerConfig {
    /** A built-in configuration: one node, all defaults. */
    public static final BrokerConfig DEFAULT = of(Map.of());

    private final Map<String, String> fixed;
    private final Set<String> unknownFixed;
    private final Map<String, String> clusterWide;
    private final Map<String, String> own;
    private final Map<String, String> set;
    private final NodeConfig node;
    private final ListenersConfig listeners;
    private final ConnectionConfig connections;
    private final TopicCreationConfig topicCreation;
    private final GroupConfig groups;
    private final ConsumerGroupConfig consumerGroups;
    private final ShareGroupConfig shareGroups;
    private final TransactionConfig transactions;
    private final TopicConfig topicDefaults;

    private BrokerConfig(
            Map<String, String> fixed,
            Set<String> unknownFixed,
            Map<String, String> clusterWide,
            Map<String, String> own) {
        this.fixed = Map.copyOf(fixed);
        this.unknownFixed = Set.copyOf(unknownFixed);
        this.clusterWide = Map.copyOf(clusterWide);
        this.own = Map.copyOf(own);
        this.set = effective(this.fixed, this.clusterWide, this.own);
        Problems problems = new Problems();
        set.forEach((key, text) ->
                problems.collect(() -> BrokerConfigKeys.SCHEMA.key(key).parse(text)));
        problems.throwIfAny();
        this.node = problems.collect(() -> NodeConfig.of(this));
        this.listeners = problems.collect(() -> ListenersConfig.of(this));
        this.connections = problems.collect(() -> ConnectionConfig.of(this));
        this.topicCreation = problems.collect(() -> TopicCreationConfig.of(this));
        this.groups = problems.collect(() -> GroupConfig.of(this));
        this.consumerGroups = problems.collect(() -> ConsumerGroupConfig.of(this));
        this.shareGroups = problems.collect(() -> ShareGroupConfig.of(this));
        this.transactions = problems.collect(() -> TransactionConfig.of(this));
        this.topicDefaults = problems.collect(this::checkedTopicDefaults);
        problems.throwIfAny();
    }

    /**
     * The configuration of a broker that starts with these values.
     *
     * @param values what is set, by broker key; of keys that this broker does not know the names alone are kept
     * @throws InvalidConfigException naming every key whose value is wrong, and what would be right
     */
    public static BrokerConfig of(Map<String, String> values) {
        Map<String, String> known = new TreeMap<>(values);
        Set<String> unknown = new TreeSet<>();
        known.keySet().removeIf(key -> BrokerConfigKeys.SCHEMA.find(key) == null && unknown.add(key));
        copyUnlessSet(known, "node.id", "broker.id");
        copyUnlessSet(known, "broker.id", "node.id");
        return new BrokerConfig(known, unknown, Map.of(), Map.of());
    }

    /** What names the node by one of its two keys sets both, as in Kafka; -1 is none. */
    private static void copyUnlessSet(Map<String, String> values, String from, String to) {
        String value = values.get(from);
        if (value != null && !value.trim().equals("-1")) {
            values.putIfAbsent(to, value);
        }
    }

    private TopicConfig checkedTopicDefaults() {
        TopicConfig defaults = topicConfig(Map.of());
        if (defaults.retentionMs() == 0) {
            throw new InvalidConfigException(
                    "log.retention.ms",
                    "Configuration log.retention.ms, or what stands for it in minutes or hours, must be -1, or 1 or"
                            + " more; only a topic can be told to keep nothing.");
        }
        return defaults;
    }

    /**
     * This broker's configuration with other dynamic values.
     *
     * @param clusterDefaults what is set for all brokers
     * @param ownValues what is set for this broker alone
     * @throws InvalidConfigException when a value is wrong or does not go with the others
     */
    public BrokerConfig withDynamic(Map<String, String> clusterDefaults, Map<String, String> ownValues) {
        return clusterWide.equals(clusterDefaults) && own.equals(ownValues)
                ? this
                : new BrokerConfig(fixed, unknownFixed, clusterDefaults, ownValues);
    }

    private static Map<String, String> effective(
            Map<String, String> fixed, Map<String, String> clusterWide, Map<String, String> own) {
        Map<String, String> merged = new TreeMap<>(fixed);
        merged.putAll(clusterWide);
        merged.putAll(own);
        merged.keySet().removeIf(key -> BrokerConfigKeys.SCHEMA.find(key) == null);
        return Map.copyOf(merged);
    }

    /** Who this node is, and where its data lies. */
    public NodeConfig node() {
        return node;
    }

    /** Where this broker listens and what addresses it tells. */
    public ListenersConfig listeners() {
        return listeners;
    }

    /** Limits of connections and requests. */
    public ConnectionConfig connections() {
        return connections;
    }

    /** How topics come into being. */
    public TopicCreationConfig topicCreation() {
        return topicCreation;
    }

    /** Offsets, and classic groups. */
    public GroupConfig groups() {
        return groups;
    }

    /** Groups of the consumer protocol (KIP-848). */
    public ConsumerGroupConfig consumerGroups() {
        return consumerGroups;
    }

    /** Share groups (KIP-932). */
    public ShareGroupConfig shareGroups() {
        return shareGroups;
    }

    /** Transactions and producer ids. */
    public TransactionConfig transactions() {
        return transactions;
    }

    /** What a topic without overrides has. */
    public TopicConfig topicDefaults() {
        return topicDefaults;
    }

    /** What a topic with these overrides has. */
    public TopicConfig topicConfig(Map<String, String> overrides) {
        return TopicConfig.of(overrides, set);
    }

    /** The text that a topic key has for a topic that does not override it; null when it has none. */
    public @Nullable String topicDefault(ConfigKey topicKey) {
        return TopicConfig.inherited(topicKey, set);
    }

    /** Where the value comes from that a topic key has for a topic that does not override it. */
    public ConfigSource topicDefaultSource(ConfigKey topicKey) {
        if (isSetIn(own, topicKey)) {
            return ConfigSource.DYNAMIC_BROKER;
        }
        if (isSetIn(clusterWide, topicKey)) {
            return ConfigSource.DYNAMIC_DEFAULT_BROKER;
        }
        return isSetIn(fixed, topicKey) ? ConfigSource.STATIC_BROKER : ConfigSource.DEFAULT;
    }

    private static boolean isSetIn(Map<String, String> values, ConfigKey topicKey) {
        return topicKey.synonyms().stream().anyMatch(synonym -> values.containsKey(synonym.broker()));
    }

    /** The effective text of a key; null when it is not set and has no default. */
    public @Nullable String text(String name) {
        String text = set.get(name);
        return text == null ? BrokerConfigKeys.SCHEMA.key(name).defaultText() : text;
    }

    /** Whether a key is set, anywhere. */
    public boolean isSet(String name) {
        return set.containsKey(name);
    }

    /** The effective value of a key of type INT that is set or has a default. */
    public int intValue(String name) {
        return (Integer) value(name);
    }

    /** The effective value of a key of type SHORT that is set or has a default. */
    public short shortValue(String name) {
        return (Short) value(name);
    }

    /** The effective value of a key of type LONG that is set or has a default. */
    public long longValue(String name) {
        return (Long) value(name);
    }

    /** The effective value of a key of type DOUBLE that is set or has a default. */
    public double doubleValue(String name) {
        return (Double) value(name);
    }

    /** The effective value of a key of type BOOLEAN. */
    public boolean booleanValue(String name) {
        return (Boolean) value(name);
    }

    /** The effective elements of a key of type LIST, without repetition; empty when it is not set and has no default. */
    public List<String> listValue(String name) {
        String text = text(name);
        if (text == null) {
            return List.of();
        }
        List<?> elements = (List<?>) BrokerConfigKeys.SCHEMA.key(name).parse(text);
        return elements.stream().map(Object::toString).distinct().toList();
    }

    private Object value(String name) {
        ConfigKey key = BrokerConfigKeys.SCHEMA.key(name);
        String text = text(name);
        if (text == null) {
            throw new IllegalStateException("Configuration " + name + " has no value");
        }
        return key.parse(text);
    }

    /** What is set in this broker's own file, environment or command line. */
    public Map<String, String> fixedValues() {
        return fixed;
    }

    /** The keys set there that this broker does not know. */
    public Set<String> unknownFixedKeys() {
        return unknownFixed;
    }

    /** What was set while running, for all brokers. */
    public Map<String, String> clusterDefaults() {
        return clusterWide;
    }

    /** What was set while running, for this broker alone. */
    public Map<String, String> ownValues() {
        return own;
    }

    /** Gathers what is wrong, so that one start tells all of it. */
    private static final class Problems {
        private final List<InvalidConfigException> found = new ArrayList<>();

        /** The result; after a problem it is null, which nobody sees, since throwIfAny comes before the end. */
        @SuppressWarnings("NullAway")
        <T> T collect(Supplier<T> check) {
            try {
                return check.get();
            } catch (InvalidConfigException e) {
                found.add(e);
                return null;
            }
        }

        void throwIfAny() {
            if (!found.isEmpty()) {
                String all =
                        found.stream().map(Throwable::getMessage).distinct().collect(Collectors.joining("\n"));
                throw new InvalidConfigException(found.get(0).key(), all);
            }
        }
    }
}
