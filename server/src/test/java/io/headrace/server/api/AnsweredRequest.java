package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A request of a test, and its answer. Both pass through their bytes, as they would between a client and a broker. */
public final class AnsweredRequest implements RequestContext {
    private final ApiKey key;
    private final short version;
    private final Consumer<Runnable> timer;
    private final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

    private AnsweredRequest(ApiKey key, int version, Consumer<Runnable> timer) {
        this.key = key;
        this.version = (short) version;
        this.timer = timer;
    }

    /** Hands a request to a handler that answers at once, and returns the answer. */
    static <Q extends ApiMessage, A extends ApiMessage> A ask(
            RequestHandler<Q> handler, int version, Q request, Class<A> answerType) {
        CompletableFuture<A> answer = send(handler, version, request, answerType);
        assertThat(answer).as("the answer").isDone();
        return answer.join();
    }

    /** Hands a request to a handler that may answer later, but not because time has passed. */
    public static <Q extends ApiMessage, A extends ApiMessage> CompletableFuture<A> send(
            RequestHandler<Q> handler, int version, Q request, Class<A> answerType) {
        return send(handler, version, request, answerType, task -> {
            // No time passes.
        });
    }

    /** The same for a handler that has something done some time later, which the timer gets. */
    @SuppressWarnings("unchecked")
    static <Q extends ApiMessage, A extends ApiMessage> CompletableFuture<A> send(
            RequestHandler<Q> handler, int version, Q request, Class<A> answerType, Consumer<Runnable> timer) {
        ApiKey key = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        AnsweredRequest context = new AnsweredRequest(key, version, timer);
        handler.handle(context, (Q) key.readRequest(bytes(request, version), (short) version));
        return context.answer.thenApply(answerType::cast);
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
        if (!answer.complete(key.readResponse(bytes(response, version), version))) {
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
        timer.accept(task);
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
