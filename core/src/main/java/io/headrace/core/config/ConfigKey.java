package io.headrace.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The definition of one configuration key. Immutable: the methods that refine it return another one.
 */
public final class ConfigKey {
    private static final int SHOWN_VALUE_LENGTH_MAX = 200;

    /**
     * A broker key that supplies a topic key's default.
     *
     * @param broker the broker's key
     * @param factor what its value is multiplied with to give the topic key's unit; 1 when the units agree
     */
    public record Synonym(String broker, long factor) {}

    private final String name;
    private final ConfigType type;
    private final @Nullable String defaultText;
    private final Importance importance;
    private final UpdateMode updateMode;
    private final boolean internal;
    private final List<ConfigRule> rules;
    private final List<Synonym> synonyms;
    private final String documentation;

    private ConfigKey(
            String name,
            ConfigType type,
            @Nullable String defaultText,
            Importance importance,
            UpdateMode updateMode,
            boolean internal,
            List<ConfigRule> rules,
            List<Synonym> synonyms,
            String documentation) {
        this.name = name;
        this.type = type;
        this.defaultText = defaultText;
        this.importance = importance;
        this.updateMode = updateMode;
        this.internal = internal;
        this.rules = rules;
        this.synonyms = synonyms;
        this.documentation = documentation;
    }

    private static ConfigKey of(String name, ConfigType type, @Nullable Object defaultValue) {
        String text = defaultValue == null ? null : defaultValue.toString();
        return new ConfigKey(
                name, type, text, Importance.MEDIUM, UpdateMode.READ_ONLY, false, List.of(), List.of(), "");
    }

    static ConfigKey intKey(String name, @Nullable Integer defaultValue) {
        return of(name, ConfigType.INT, defaultValue);
    }

    static ConfigKey shortKey(String name, int defaultValue) {
        return of(name, ConfigType.SHORT, defaultValue);
    }

    static ConfigKey longKey(String name, @Nullable Long defaultValue) {
        return of(name, ConfigType.LONG, defaultValue);
    }

    static ConfigKey doubleKey(String name, double defaultValue) {
        return of(name, ConfigType.DOUBLE, defaultValue);
    }

    static ConfigKey booleanKey(String name, boolean defaultValue) {
        return of(name, ConfigType.BOOLEAN, defaultValue);
    }

    static ConfigKey stringKey(String name, @Nullable String defaultValue) {
        return of(name, ConfigType.STRING, defaultValue);
    }

    static ConfigKey listKey(String name, @Nullable String defaultValue) {
        return of(name, ConfigType.LIST, defaultValue);
    }

    /** A key that names a class. No class is ever loaded by name here: only the listed ones are known, by what they do. */
    static ConfigKey classKey(String name, ConfigType type, @Nullable String defaultValue, String... known) {
        List<String> names = List.of(known);
        String expectation = names.isEmpty()
                ? "nothing: classes cannot be plugged in by name, leave this key out"
                : "one of " + String.join(", ", names) + ": other classes cannot be plugged in";
        return of(name, type, defaultValue)
                .rule(ConfigRule.matching(expectation, value -> value.isEmpty() || names.contains(value)));
    }

    static ConfigKey passwordKey(String name) {
        return of(name, ConfigType.PASSWORD, null);
    }

    ConfigKey rule(ConfigRule rule) {
        List<ConfigRule> more = new ArrayList<>(rules);
        more.add(rule);
        return new ConfigKey(
                name, type, defaultText, importance, updateMode, internal, List.copyOf(more), synonyms, documentation);
    }

    ConfigKey atLeast(long minimum) {
        return rule(ConfigRule.atLeast(minimum));
    }

    ConfigKey between(double minimum, double maximum) {
        return rule(ConfigRule.between(minimum, maximum));
    }

    ConfigKey high() {
        return importance(Importance.HIGH);
    }

    ConfigKey low() {
        return importance(Importance.LOW);
    }

    private ConfigKey importance(Importance changed) {
        return new ConfigKey(name, type, defaultText, changed, updateMode, internal, rules, synonyms, documentation);
    }

    ConfigKey clusterWide() {
        return updateMode(UpdateMode.CLUSTER_WIDE);
    }

    ConfigKey perBroker() {
        return updateMode(UpdateMode.PER_BROKER);
    }

    private ConfigKey updateMode(UpdateMode changed) {
        return new ConfigKey(name, type, defaultText, importance, changed, internal, rules, synonyms, documentation);
    }

    /** Accepted, but not shown to clients. */
    ConfigKey hidden() {
        return new ConfigKey(name, type, defaultText, importance, updateMode, true, rules, synonyms, documentation);
    }

    ConfigKey from(Synonym... brokerKeys) {
        return new ConfigKey(
                name, type, defaultText, importance, updateMode, internal, rules, List.of(brokerKeys), documentation);
    }

    ConfigKey doc(String text) {
        return new ConfigKey(name, type, defaultText, importance, updateMode, internal, rules, synonyms, text);
    }

    /** The key's name, such as {@code retention.ms}. */
    public String name() {
        return name;
    }

    /** The type of its values. */
    public ConfigType type() {
        return type;
    }

    /** The default as a client sees it; null when there is none. */
    public @Nullable String defaultText() {
        return defaultText;
    }

    /** How much the key matters to most operators. */
    public Importance importance() {
        return importance;
    }

    /** How the key may be changed while the broker runs. Topic keys always can be, whatever this says. */
    public UpdateMode updateMode() {
        return updateMode;
    }

    /** Whether the key is left out of what clients are shown. */
    public boolean internal() {
        return internal;
    }

    /** Whether its values must never be shown or logged. */
    public boolean sensitive() {
        return type.sensitive();
    }

    /** For a topic key, the broker keys that supply its default, the one that wins first. */
    public List<Synonym> synonyms() {
        return synonyms;
    }

    /** One sentence on what the key does. */
    public String documentation() {
        return documentation;
    }

    /**
     * Reads and checks a value.
     *
     * @return Boolean, Integer, Short, Long, Double, String, or an unmodifiable List of String, as the type says
     * @throws InvalidConfigException naming the key, the value and what would be right
     */
    public Object parse(String text) {
        Object value = type.parse(text);
        if (value == null) {
            throw invalid(text, expectation());
        }
        for (ConfigRule rule : rules) {
            if (!rule.holds().test(value)) {
                throw invalid(text, expectation());
            }
        }
        return value;
    }

    private InvalidConfigException invalid(String text, String expectation) {
        return new InvalidConfigException(
                name, "Invalid value " + shown(text) + " for configuration " + name + ": expected " + expectation);
    }

    private String expectation() {
        if (rules.isEmpty()) {
            return type.description();
        }
        String wanted = rules.stream().map(ConfigRule::expectation).collect(Collectors.joining(", "));
        return type == ConfigType.INT
                        || type == ConfigType.LONG
                        || type == ConfigType.SHORT
                        || type == ConfigType.DOUBLE
                ? type.description() + ", " + wanted
                : wanted;
    }

    private String shown(String text) {
        if (sensitive()) {
            return "(hidden)";
        }
        return text.length() > SHOWN_VALUE_LENGTH_MAX ? text.substring(0, SHOWN_VALUE_LENGTH_MAX) + "..." : text;
    }

    @Override
    public String toString() {
        return name;
    }
}
