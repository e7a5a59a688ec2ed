package io.headrace.server.api;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.security.Principal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request of a test: keeps the answer, as a client would read it from the wire. */
final class AnsweredRequest implements RequestContext {
    private final ApiKey key;
    private final short version;
    private @Nullable ApiMessage answer;

    private AnsweredRequest(ApiKey key, int version) {
        this.key = key;
        this.version = (short) version;
    }

    /** Sends a request through its bytes to a handler, and returns the answer through its bytes. */
    @SuppressWarnings("unchecked")
    static <Q extends ApiMessage, A extends ApiMessage> A ask(
            RequestHandler<Q> handler, int version, Q request, Class<A> answerType) {
        ApiKey key = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        AnsweredRequest context = new AnsweredRequest(key, version);
        handler.handle(context, (Q) key.readRequest(bytes(request, version), (short) version));
        ApiMessage answer = Objects.requireNonNull(context.answer, "no answer");
        return answerType.cast(key.readResponse(bytes(answer, version), (short) version));
    }

    private static WireReader bytes(ApiMessage message, int version) {
        WireWriter out = new WireWriter();
        message.write(out, (short) version);
        return new WireReader(ByteBuffer.wrap(out.toByteArray()));
    }

    @Override
    public ApiKey apiKey() {
        return key;
    }

    @Override
    public short apiVersion() {
        return version;
    }

    @Override
    public int correlationId() {
        return 7;
    }

    @Override
    public @Nullable String clientId() {
        return "test";
    }

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public String clientHost() {
        return "127.0.0.1";
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
        if (answer != null) {
            throw new IllegalStateException("answered twice");
        }
        answer = response;
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
        throw new UnsupportedOperationException("closed for " + reason);
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void executeQuietly(Runnable task) {
        task.run();
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
