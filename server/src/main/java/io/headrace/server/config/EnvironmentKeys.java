package io.headrace.server.config;

import io.headrace.core.config.BrokerConfigKeys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which configuration keys environment variables stand for. {@code HEADRACE_LOG_RETENTION_MS} is {@code log.retention.ms}:
 * one underscore is a dot, two are an underscore, three are a dash. The prefixes of Kafka's images, {@code KAFKA_} and
 * {@code KAFKA_CFG_}, mean the same, so that their settings can be kept.
 */
final class EnvironmentKeys {
    /** The one that wins last. */
    private static final List<String> PREFIXES = List.of("KAFKA_", "KAFKA_CFG_", "HEADRACE_");

    /** Variables of Kafka's images, scripts and clients that are no settings of the broker. */
    private static final Set<String> NOT_KEYS = Set.of(
            "KAFKA_BASE_PATH",
            "KAFKA_BOOTSTRAP_SERVERS",
            "KAFKA_CLUSTER_ID",
            "KAFKA_DEBUG",
            "KAFKA_GC_LOG_OPTS",
            "KAFKA_HEAP_OPTS",
            "KAFKA_HOME",
            "KAFKA_JMX_HOSTNAME",
            "KAFKA_JMX_OPTS",
            "KAFKA_JMX_PORT",
            "KAFKA_JVM_PERFORMANCE_OPTS",
            "KAFKA_KRAFT_CLUSTER_ID",
            "KAFKA_LOG4J_CMD_OPTS",
            "KAFKA_LOG4J_LOGGERS",
            "KAFKA_LOG4J_OPTS",
            "KAFKA_LOG4J_ROOT_LOGLEVEL",
            "KAFKA_MODE",
            "KAFKA_OPTS",
            "KAFKA_TOOLS_LOG4J_LOGLEVEL",
            "KAFKA_VERSION",
            "HEADRACE_BROKERS",
            "HEADRACE_CLUSTER_ID",
            "HEADRACE_HOME",
            "HEADRACE_JVM_OPTS",
            "HEADRACE_VERSION");

    /** What Kubernetes puts into every container for a service called kafka or headrace. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\\d+_(TCP|UDP)(_[A-Z]+)?)");

    private static final List<String> CLUSTER_ID =
            List.of("HEADRACE_CLUSTER_ID", "CLUSTER_ID", "KAFKA_CLUSTER_ID", "KAFKA_KRAFT_CLUSTER_ID");

    private EnvironmentKeys() {}

    /** The keys of those variables that stand for one, in the order in which they are to be applied. */
    static Map<String, String> of(Map<String, String> environment) {
        Map<String, String> keys = new LinkedHashMap<>();
        for (String prefix : PREFIXES) {
            for (String variable : new TreeMap<>(environment).keySet()) {
                if (prefix.equals(prefix(variable)) && !isOther(variable)) {
                    keys.put(variable, key(variable.substring(prefix.length())));
                }
            }
        }
        return keys;
    }

    /** The cluster id that the environment asks for; null when it does not. */
    static @Nullable String clusterId(Map<String, String> environment) {
        for (String variable : CLUSTER_ID) {
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                return value.trim();
            }
        }
        return null;
    }

    private static @Nullable String prefix(String variable) {
        String longest = null;
        for (String prefix : PREFIXES) {
            if (variable.startsWith(prefix) && (longest == null || prefix.length() > longest.length())) {
                longest = prefix;
            }
        }
        return longest;
    }

    private static boolean isOther(String variable) {
        if (NOT_KEYS.contains(variable)) {
            return true;
        }
        String prefix = String.valueOf(prefix(variable));
        boolean known = BrokerConfigKeys.SCHEMA.find(key(variable.substring(prefix.length()))) != null;
        return !known && SERVICE_LINK.matcher(variable).matches();
    }

    private static String key(String name) {
        StringBuilder key = new StringBuilder();
        int index = 0;
        while (index < name.length()) {
            int end = index;
            while (end < name.length() && name.charAt(end) == '_') {
                end++;
            }
            if (end == index) {
                key.append(name.charAt(index));
                index++;
            } else {
                key.append(separator(end - index));
                index = end;
            }
        }
        return key.toString().toLowerCase(Locale.ROOT);
    }

    private static String separator(int underscores) {
        return switch (underscores) {
            case 1 -> ".";
            case 2 -> "_";
            case 3 -> "-";
            default -> "_".repeat(underscores);
        };
    }
}
