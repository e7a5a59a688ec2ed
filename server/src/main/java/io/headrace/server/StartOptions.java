package io.headrace.server;

import io.headrace.core.config.InvalidConfigException;
import io.headrace.server.config.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the command line of {@code headrace start} says.
 *
 * @param config the file of properties; null for none
 * @param settings keys set on the command line
 * @param help whether only the usage was asked for
 */
record StartOptions(@Nullable Path config, Map<String, String> settings, boolean help) {
    static final String USAGE = """
            Usage: headrace start [--config FILE] [--set KEY=VALUE]... [--data DIR]

            Starts a broker in the foreground. Without options it listens on port 9092 and stores in
            ./headrace-data.

              --config FILE    a file of properties with Kafka's keys, as server.properties
              --set KEY=VALUE  sets one key, over the file and the environment; may be repeated
              --data DIR       where to store, the same as --set log.dirs=DIR

            Environment: HEADRACE_<KEY>, KAFKA_<KEY> and KAFKA_CFG_<KEY> set keys, in upper case with _ for a dot.
            """;

    private static final String DATA_KEY = "log.dirs";

    /** @throws InvalidConfigException if it makes no sense */
    static StartOptions parse(String[] args) {
        Path config = null;
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i++) {
            String option = args[i];
            String value = null;
            int equals = option.indexOf('=');
            if (option.startsWith("--") && equals > 0) {
                value = option.substring(equals + 1);
                option = option.substring(0, equals);
            }
            if (option.equals("--help") || option.equals("-h")) {
                return new StartOptions(null, Map.of(), true);
            }
            if (!option.equals("--config") && !option.equals("--set") && !option.equals("--data")) {
                throw new InvalidConfigException(option, "Unknown option " + option + "; see headrace start --help");
            }
            if (value == null) {
                if (++i == args.length) {
                    throw new InvalidConfigException(option, "Option " + option + " needs a value");
                }
                value = args[i];
            }
            switch (option) {
                case "--config" -> config = Path.of(value);
                case "--data" -> settings.put(DATA_KEY, value);
                default -> {
                    Map.Entry<String, String> setting = ConfigLoader.parseOverride(value);
                    settings.put(setting.getKey(), setting.getValue());
                }
            }
        }
        return new StartOptions(config, settings, false);
    }
}
