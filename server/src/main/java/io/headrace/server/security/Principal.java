package io.headrace.server.security;

/**
 * Who sends a request.
 *
 * @param type {@code User} for everything that authenticates
 * @param name the user's name
 */
public record Principal(String type, String name) {
    /** Who a client is on a listener without authentication. */
    public static final Principal ANONYMOUS = new Principal("User", "ANONYMOUS");

    @Override
    public String toString() {
        return type + ":" + name;
    }
}
