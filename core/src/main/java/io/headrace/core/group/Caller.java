package io.headrace.core.group;

/**
 * Who sent a request.
 *
 * @param clientId the client id from the request header; empty if there was none
 * @param clientHost the client's address as Kafka stores and shows it, for example {@code /10.0.0.7}
 */
public record Caller(String clientId, String clientHost) {}
