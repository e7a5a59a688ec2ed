package io.headrace.network.client;

/**
 * How a client connects and waits.
 *
 * @param clientId sent with each request, for the broker's logs and quotas
 * @param connectTimeoutMs for one attempt to connect, the exchange of versions not included
 * @param requestTimeoutMs from sending a request to its answer
 * @param totalTimeoutMs for a call with all its retries
 * @param inFlightMax requests of one connection that await their answer; one more fails
 * @param answerBytesMax a larger answer ends the connection
 */
public record ClientOptions(
        String clientId,
        int connectTimeoutMs,
        int requestTimeoutMs,
        int totalTimeoutMs,
        int inFlightMax,
        int answerBytesMax) {

    /** Waits up to 30 s for an answer and 60 s for a call. */
    public static ClientOptions of(String clientId) {
        return new ClientOptions(clientId, 10_000, 30_000, 60_000, 1_000, 128 << 20);
    }

    /** The same, waiting this long for connections, answers and calls alike. */
    public ClientOptions withTimeoutMs(int ms) {
        return new ClientOptions(clientId, ms, ms, ms, inFlightMax, answerBytesMax);
    }
}
