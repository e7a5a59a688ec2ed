package io.headrace.server.group;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Principal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** One request of a test; its answer must be one that can be encoded in its version. */
record FakeContext(ApiKey apiKey, short apiVersion, CompletableFuture<ApiMessage> answer) implements RequestContext {
    @Override
    public int correlationId() {
        return 1;
    }

    @Override
    public String clientId() {
        return "client";
    }

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public String clientHost() {
        return "10.0.0.7";
    }

    @Override
    public String listenerName() {
        return "PLAINTEXT";
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 9092);
    }

    @Override
    public void respond(ApiMessage response) {
        response.write(new WireWriter(), apiVersion);
        if (!answer.complete(response)) {
            throw new IllegalStateException("A second answer: " + response);
        }
    }

    @Override
    public void respondQuietly(ApiMessage response) {
        respond(response);
    }

    @Override
    public void respondNothing() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close(CloseReason reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void execute(Runnable task) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void executeQuietly(Runnable task) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void retainRequest() {}

    @Override
    public void releaseRequest() {}
}
