package io.headrace.server.dispatch;

import io.headrace.protocol.message.ApiMessage;
import io.headrace.server.api.RequestContext;

/**
 * What every request passes before its handler sees it: the place for quotas.
 *
 * <p>Called on network loops; must not block.
 */
public interface RequestGate {
    /** Lets everything through at once. */
    RequestGate OPEN = (context, request, sizeBytes) -> 0;

    /**
     * Accounts for a request. It is served in any case. The client learns of the delay from its answer, and no further
     * request is taken from its connection until the delay is over (KIP-219).
     *
     * @param context who asks for what: the API, the principal, the client id
     * @param request what it asks for, for quotas on changes (KIP-599)
     * @param sizeBytes size of the request on the wire, without its size prefix
     * @return how long the client is to hold back, in milliseconds; 0 for not at all
     */
    int throttleMs(RequestContext context, ApiMessage request, int sizeBytes);
}
