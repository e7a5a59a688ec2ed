package io.headrace.server.api;

import io.headrace.protocol.message.ApiMessage;

/**
 * Serves one API.
 *
 * <p>Runs on the network loop of the connection that the request came from and must not block. It checks, delegates and
 * translates errors; it answers through the context exactly once, now or later.
 *
 * @param <Q> the request's message class
 */
public interface RequestHandler<Q extends ApiMessage> {
    void handle(RequestContext context, Q request);
}
