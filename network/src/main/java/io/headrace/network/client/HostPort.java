package io.headrace.network.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker listens, not resolved.
 *
 * @param host a name or an address, IPv6 without brackets
 */
public record HostPort(String host, int port) {
    private static final int PORT_DEFAULT = 9092;
    private static final int PORT_MAX = 65_535;

    /**
     * Reads {@code host}, {@code host:port} or {@code [ipv6]:port}; without a port it is 9092.
     *
     * @throws IllegalArgumentException with a message for the one who typed it
     */
    public static HostPort parse(String text) {
        String trimmed = text.trim();
        int colon = trimmed.lastIndexOf(':');
        boolean hasPort = colon >= 0 && !trimmed.endsWith("]") && (trimmed.indexOf(':') == colon || bracketed(trimmed));
        String host = hasPort ? trimmed.substring(0, colon) : trimmed;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' has no host; expected host:port");
        }
        return new HostPort(host, hasPort ? port(trimmed.substring(colon + 1), text) : PORT_DEFAULT);
    }

    private static boolean bracketed(String text) {
        return text.startsWith("[");
    }

    private static int port(String digits, String whole) {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port <= PORT_MAX) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below, together with numbers out of range
        }
        throw new IllegalArgumentException("'" + whole + "' has no valid port; expected host:port");
    }

    /** Reads a list separated by commas. */
    public static List<HostPort> parseList(String text) {
        List<HostPort> result = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            if (!one.isBlank()) {
                result.add(parse(one));
            }
        }
        if (result.isEmpty()) {
            throw new IllegalArgumentException("No broker given; expected host:port[,host:port...]");
        }
        return result;
    }

    // Written out: what the compiler gives a record is put together at the first use, which shows in the time of a
    // command.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HostPort that && port == that.port && host.equals(that.host);
    }

    @Override
    public int hashCode() {
        return 31 * host.hashCode() + port;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
