package io.headrace.server.dispatch;

import io.headrace.protocol.message.ApiMessage;
import io.headrace.server.api.RequestContext;

/**
 * What every request passes before its handler sees it, and every answer before it is sent: the place for quotas.
 *
 * <p>Called on network loops; must not block.
 */
public interface RequestGate {
    /** Lets everything through at once. */
    RequestGate OPEN = new RequestGate() {
        @Override
        public long delayMs(RequestContext context, ApiMessage request) {
            return 0;
        }
    };

    /** How long the client is to be held back before its next request is read, in milliseconds; 0 for not at all. */
    long delayMs(RequestContext context, ApiMessage request);
}
