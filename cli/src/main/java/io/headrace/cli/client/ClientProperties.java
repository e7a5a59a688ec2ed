package io.headrace.cli.client;

import io.headrace.network.client.ClientOptions;
import io.headrace.network.config.PropertiesEncoding;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The client's properties under Kafka's names, from files and from {@code -X key=value}. What is added later wins. A key
 * that this client does not know is refused: a setting that silently does nothing is worse.
 */
public final class ClientProperties {
    /** The brokers to ask first. */
    public static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    private static final String CLIENT_ID = "client.id";
    private static final String REQUEST_TIMEOUT_MS = "request.timeout.ms";
    private static final String API_TIMEOUT_MS = "default.api.timeout.ms";
    private static final String CONNECT_TIMEOUT_MS = "socket.connection.setup.timeout.ms";
    private static final String SECURITY_PROTOCOL = "security.protocol";
    private static final String PLAINTEXT = "PLAINTEXT";
    private static final TreeSet<String> KNOWN = new TreeSet<>(List.of(
            BOOTSTRAP_SERVERS, CLIENT_ID, REQUEST_TIMEOUT_MS, API_TIMEOUT_MS, CONNECT_TIMEOUT_MS, SECURITY_PROTOCOL));

    private static final String CLIENT_ID_DEFAULT = "headrace-cli";
    private static final int TIMEOUT_DEFAULT_MS = 10_000;
    /** Long enough for a rebalance, whatever the user's patience with connections. */
    private static final int REQUEST_TIMEOUT_MIN_MS = 70_000;

    private static final int IN_FLIGHT_MAX = 1_000;
    private static final int ANSWER_BYTES_MAX = 256 << 20;

    private final Map<String, String> values = new HashMap<>();

    /** Adds what a file in the format of {@link Properties} says. */
    public void addFile(Path file) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(PropertiesEncoding.decode(Files.readAllBytes(file))));
        } catch (NoSuchFileException e) {
            throw usage("There is no file " + file);
        } catch (AccessDeniedException e) {
            throw usage(file + " cannot be read: permission denied");
        } catch (IOException | IllegalArgumentException e) {
            throw usage(file + " cannot be read: " + e.getMessage());
        }
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            add(key, properties.getProperty(key), file + ": ");
        }
    }

    /** Adds {@code key=value}. */
    public void add(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw usage("'" + assignment + "' is not key=value");
        }
        add(assignment.substring(0, equals).trim(), assignment.substring(equals + 1), "");
    }

    private void add(String key, String value, String where) {
        if (!KNOWN.contains(key)) {
            throw usage(where + "unknown client property '" + key + "'; known are " + String.join(", ", KNOWN));
        }
        if (key.equals(SECURITY_PROTOCOL) && !value.trim().equals(PLAINTEXT)) {
            throw usage(where + SECURITY_PROTOCOL + "=" + value.trim() + " is not supported, only " + PLAINTEXT);
        }
        values.put(key, value.trim());
    }

    /** The brokers to ask first, or null when no property says. */
    public @Nullable String brokers() {
        return values.get(BOOTSTRAP_SERVERS);
    }

    /**
     * The options for a client.
     *
     * @param timeoutMs how long to try, retries included; null for what the properties say
     */
    public ClientOptions options(@Nullable Integer timeoutMs) {
        int totalMs = timeoutMs != null ? timeoutMs : positive(API_TIMEOUT_MS, TIMEOUT_DEFAULT_MS);
        return new ClientOptions(
                values.getOrDefault(CLIENT_ID, CLIENT_ID_DEFAULT),
                positive(CONNECT_TIMEOUT_MS, totalMs),
                positive(REQUEST_TIMEOUT_MS, Math.max(totalMs, REQUEST_TIMEOUT_MIN_MS)),
                totalMs,
                IN_FLIGHT_MAX,
                ANSWER_BYTES_MAX);
    }

    private int positive(String key, int otherwise) {
        String text = values.get(key);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw usage(key + "=" + text + " is not a number of milliseconds");
        }
        throw usage(key + "=" + text + " is not more than 0");
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }
}
