package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;

import io.headrace.core.BoundedPattern;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The keys of a subscription to clients' metrics (KIP-714). */
public final class ClientMetricsConfigKeys {
    public static final String INTERVAL_MS = "interval.ms";
    public static final String MATCH = "match";
    public static final String METRICS = "metrics";

    private static final Set<String> SELECTORS = Set.of(
            "client_instance_id",
            "client_id",
            "client_software_name",
            "client_software_version",
            "client_source_address",
            "client_source_port");
    /** There is one equals sign; as in Kafka more of them at the end do not matter. */
    private static final Pattern SELECTION = Pattern.compile("([a-z_]+)\\s*=([^=]+)=*");

    /** Kafka 4.3's keys of a metrics subscription. */
    public static final ConfigSchema SCHEMA = new ConfigSchema(List.of(
            intKey(INTERVAL_MS, 300_000).between(100, 3_600_000).doc("How often a client sends its metrics."),
            listKey(MATCH, "")
                    .rule(ConfigRule.list(
                            "a list of SELECTOR=PATTERN with regular expressions and selectors out of "
                                    + String.join(
                                            ", ", SELECTORS.stream().sorted().toList()),
                            list -> list.stream().allMatch(ClientMetricsConfigKeys::isSelection)))
                    .doc("Which clients the subscription is for, as selector=pattern; all when empty."),
            listKey(METRICS, "")
                    .rule(ConfigRule.noEmptyElements())
                    .doc("The beginnings of the names of the metrics wanted; * for all.")));

    private ClientMetricsConfigKeys() {}

    /** Whether a text is an interval that can be set. */
    public static boolean isInterval(String text) {
        try {
            Object ignored = SCHEMA.key(INTERVAL_MS).parse(text);
            return true;
        } catch (InvalidConfigException e) {
            return false;
        }
    }

    /**
     * Checks a subscription's values, whose keys are known.
     *
     * @throws InvalidConfigException at the first that is wrong, in the order of the names
     */
    public static void validate(Map<String, String> values) {
        new TreeMap<>(values).forEach((name, value) -> SCHEMA.key(name).parse(value));
    }

    private static boolean isSelection(String element) {
        var matcher = SELECTION.matcher(element);
        return matcher.matches()
                && SELECTORS.contains(matcher.group(1))
                && isExpression(matcher.group(2).trim());
    }

    private static boolean isExpression(String text) {
        try {
            var ignored = BoundedPattern.compile(text);
            return true;
        } catch (BoundedPattern.RefusedException e) {
            return false;
        }
    }
}
