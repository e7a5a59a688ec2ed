package io.headrace.network.server;

/**
 * What is done with the frames of one connection. All calls come on the connection's loop; none may block.
 *
 * <p>An exception thrown from here closes the connection.
 */
public interface ConnectionHandler {
    /**
     * A whole frame has arrived. It is valid during the call; who needs it longer retains it. Its slot must be completed
     * at some time, by any thread.
     */
    void onFrame(IncomingFrame frame);

    /** The connection has ended. Answers still to come are dropped. Called once. */
    default void onClosed(CloseReason reason) {}

    /** Makes a handler for each new connection, on the connection's loop. */
    @FunctionalInterface
    interface Factory {
        /** A connection is up; with TLS, its handshake is over. */
        ConnectionHandler onConnected(Connection connection);
    }
}
