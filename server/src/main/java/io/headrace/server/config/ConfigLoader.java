package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.InvalidConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a broker's configuration: the command line wins over the environment, that over the file, and that over the
 * defaults.
 */
public final class ConfigLoader {
    private static final String ENVIRONMENT = "environment variable ";
    /** Behind the name of a listener. */
    private static final Pattern ADVERTISED_ADDRESS = Pattern.compile("://[^,]*:(\\d+)");

    private final Map<String, String> values = new TreeMap<>();
    private final Map<String, String> origins = new TreeMap<>();

    private ConfigLoader() {}

    /**
     * Reads and checks the configuration.
     *
     * @param file a file of properties as Kafka has them; null for none
     * @param environment the environment variables
     * @param overrides what the command line sets, by key
     * @throws InvalidConfigException naming every key whose value is wrong, and what would be right
     * @throws IOException when the file, or one that it refers to, cannot be read
     */
    public static LoadedConfig load(@Nullable Path file, Map<String, String> environment, Map<String, String> overrides)
            throws IOException {
        ConfigLoader loader = new ConfigLoader();
        if (file != null) {
            loader.addFile(file);
        }
        EnvironmentKeys.of(environment)
                .forEach((variable, key) ->
                        loader.add(key, String.valueOf(environment.get(variable)), ENVIRONMENT + variable));
        overrides.forEach((key, value) -> loader.add(key, value, "command line"));
        SecretReferences secrets = new SecretReferences(environment);
        for (Map.Entry<String, String> entry : loader.values.entrySet()) {
            entry.setValue(secrets.resolve(entry.getKey(), entry.getValue()));
        }
        loader.deriveListeners();
        BrokerConfig config = BrokerConfig.of(loader.values);
        return new LoadedConfig(
                config,
                loader.origins,
                ConfigNotices.of(config, loader.values, loader.origins),
                EnvironmentKeys.clusterId(environment));
    }

    /**
     * Takes a setting of the command line apart.
     *
     * @return its key and value
     * @throws InvalidConfigException when it is not of the form key=value
     */
    public static Map.Entry<String, String> parseOverride(String setting) {
        int equals = setting.indexOf('=');
        if (equals <= 0) {
            throw new InvalidConfigException(setting, "Cannot set " + setting + ": expected KEY=VALUE");
        }
        return Map.entry(
                setting.substring(0, equals).trim(),
                setting.substring(equals + 1).trim());
    }

    private void addFile(Path file) throws IOException {
        Properties properties = ConfigFiles.properties(file);
        for (String key : properties.stringPropertyNames()) {
            add(key, properties.getProperty(key), "file " + file);
        }
    }

    private void add(String key, String value, String origin) {
        // A key without a value means that the key is not set, unless an empty text is a value: Kafka's files do so.
        if (value.isBlank() && hasNoEmptyValue(key)) {
            values.remove(key);
            origins.remove(key);
            return;
        }
        values.put(key, value);
        origins.put(key, origin);
    }

    /**
     * As Kafka's images do: whoever says in the environment only what clients are told is listened to on the same ports, on
     * all interfaces.
     */
    private void deriveListeners() {
        String advertised = values.get("advertised.listeners");
        String origin = origins.get("advertised.listeners");
        if (advertised != null
                && origin != null
                && origin.startsWith(ENVIRONMENT)
                && !values.containsKey("listeners")) {
            values.put("listeners", ADVERTISED_ADDRESS.matcher(advertised).replaceAll("://0.0.0.0:$1"));
            origins.put("listeners", origin);
        }
    }

    private static boolean hasNoEmptyValue(String name) {
        var key = BrokerConfigKeys.SCHEMA.find(name);
        return key != null && key.defaultText() == null;
    }
}
