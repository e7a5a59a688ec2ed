package io.headrace.core.config;

/**
 * An address with a name.
 *
 * @param name the listener's name, in capitals
 * @param host the host or address; empty for all of this machine's
 * @param port the port; 0 lets the operating system choose
 */
public record Listener(String name, String host, int port) {

    /** Whether it listens at every address of this machine. */
    public boolean anyAddress() {
        return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
    }

    @Override
    public String toString() {
        return name + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
