package io.headrace.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where this broker listens, and what addresses it tells others.
 *
 * @param open the listeners to open, at least one
 * @param advertised what to tell clients, by listener name; a listener without an entry has none configured, and a client
 *     is told the address that it connected to. Where the host is empty, as in {@code NAME://:29092}, a client is told the
 *     host that it connected to, and this port
 * @param interBroker the name of the listener that brokers use among themselves
 * @param notOpened controller listeners of a Kafka file: controllers share the ordinary listeners here
 */
public record ListenersConfig(
        List<Listener> open, Map<String, Listener> advertised, String interBroker, List<Listener> notOpened) {

    private static final Pattern ADDRESS =
            Pattern.compile("([^:/]+)://(?:\\[([0-9a-zA-Z:%._-]*)]|([^\\[\\]/:]*)):(\\d+)");
    private static final int PORT_MAX = 65535;

    static ListenersConfig of(BrokerConfig config) {
        List<String> controllerNames = upperCase(config.listValue("controller.listener.names"));
        List<Listener> open = new ArrayList<>();
        List<Listener> notOpened = new ArrayList<>();
        for (Listener listener : parse(config, "listeners")) {
            (controllerNames.contains(listener.name()) ? notOpened : open).add(listener);
        }
        if (open.isEmpty()) {
            throw invalid("listeners", config.text("listeners"), "at least one listener for clients");
        }
        checkDistinct(config, open);
        checkProtocols(config, open);
        Map<String, Listener> advertised = advertised(config, open, controllerNames);
        return new ListenersConfig(
                List.copyOf(open), Map.copyOf(advertised), interBroker(config, open), List.copyOf(notOpened));
    }

    private static List<Listener> parse(BrokerConfig config, String key) {
        List<Listener> listeners = new ArrayList<>();
        for (String element : config.listValue(key)) {
            Matcher matcher = ADDRESS.matcher(element);
            if (!matcher.matches()) {
                throw invalid(key, element, "NAME://host:port, such as PLAINTEXT://:9092");
            }
            int port = port(key, element, matcher.group(4));
            String host = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
            listeners.add(new Listener(matcher.group(1).toUpperCase(Locale.ROOT), host == null ? "" : host, port));
        }
        return listeners;
    }

    private static int port(String key, String element, String digits) {
        if (digits.length() > 5 || Integer.parseInt(digits) > PORT_MAX) {
            throw invalid(key, element, "a port from 0 to " + PORT_MAX);
        }
        return Integer.parseInt(digits);
    }

    private static void checkDistinct(BrokerConfig config, List<Listener> listeners) {
        Set<String> names = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        for (Listener listener : listeners) {
            if (!names.add(listener.name())) {
                throw invalid("listeners", config.text("listeners"), "every listener to have a name of its own");
            }
            if (listener.port() != 0 && !addresses.add(listener.host() + " " + listener.port())) {
                throw invalid("listeners", config.text("listeners"), "every listener to have an address of its own");
            }
        }
    }

    private static void checkProtocols(BrokerConfig config, List<Listener> listeners) {
        String key = "listener.security.protocol.map";
        Map<String, String> protocols = protocols(config, key);
        for (Listener listener : listeners) {
            String protocol = protocols.get(listener.name());
            if (protocol == null) {
                throw invalid(key, config.text(key), "an entry for listener " + listener.name());
            }
            if (!protocol.equals("PLAINTEXT")) {
                throw invalid(
                        "listeners",
                        listener.toString(),
                        "a PLAINTEXT listener, the security protocol " + protocol + " is not supported yet");
            }
        }
    }

    private static Map<String, String> protocols(BrokerConfig config, String key) {
        Map<String, String> protocols = new HashMap<>();
        String text = config.text(key);
        for (String entry :
                text == null || text.isBlank() ? new String[0] : text.trim().split("\\s*,\\s*", -1)) {
            int colon = entry.lastIndexOf(':');
            String protocol = entry.substring(colon + 1).trim().toUpperCase(Locale.ROOT);
            if (colon <= 0
                    || !List.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
                            .contains(protocol)) {
                throw invalid(key, entry, "NAME:PROTOCOL with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
            }
            protocols.put(entry.substring(0, colon).trim().toUpperCase(Locale.ROOT), protocol);
        }
        return protocols;
    }

    private static Map<String, Listener> advertised(
            BrokerConfig config, List<Listener> open, List<String> controllerNames) {
        String key = "advertised.listeners";
        Map<String, Listener> advertised = new HashMap<>();
        for (Listener listener : parse(config, key)) {
            if (controllerNames.contains(listener.name())) {
                continue;
            }
            if (open.stream().noneMatch(candidate -> candidate.name().equals(listener.name()))) {
                throw invalid(key, listener.toString(), "the name of one of the listeners");
            }
            if (listener.host().equals("0.0.0.0") || listener.host().equals("::")) {
                throw invalid(key, listener.toString(), "a host that clients can connect to");
            }
            advertised.put(listener.name(), listener);
        }
        return advertised;
    }

    private static String interBroker(BrokerConfig config, List<Listener> open) {
        String name = config.text("inter.broker.listener.name");
        if (name == null) {
            String protocol = config.text("security.inter.broker.protocol");
            return open.stream()
                    .map(Listener::name)
                    .filter(candidate -> candidate.equals(protocol))
                    .findFirst()
                    .orElse(open.get(0).name());
        }
        String wanted = name.toUpperCase(Locale.ROOT);
        if (open.stream().noneMatch(listener -> listener.name().equals(wanted))) {
            throw invalid("inter.broker.listener.name", name, "the name of one of the listeners");
        }
        return wanted;
    }

    private static List<String> upperCase(List<String> names) {
        return names.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList();
    }

    private static InvalidConfigException invalid(String key, @Nullable String value, String expected) {
        return new InvalidConfigException(
                key, "Invalid value " + value + " for configuration " + key + ": expected " + expected);
    }
}
