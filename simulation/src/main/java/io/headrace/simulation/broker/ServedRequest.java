package io.headrace.simulation.broker;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.FilePayload;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A request at the broker's end of a {@link Link}. */
final class ServedRequest implements RequestContext {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9092);

    private final Link link;
    private final BrokerProcess process;
    private final ApiKey apiKey;
    private final short apiVersion;
    private final ApiMessage body;
    private boolean decided;
    private byte @Nullable [] answer;

    ServedRequest(Link link, BrokerProcess process, ApiKey apiKey, short apiVersion, ApiMessage body) {
        this.link = link;
        this.process = process;
        this.apiKey = apiKey;
        this.apiVersion = apiVersion;
        this.body = body;
    }

    ApiMessage body() {
        return body;
    }

    boolean isDecided() {
        return decided;
    }

    /** The answer's bytes; null if there is to be none. */
    byte @Nullable [] answer() {
        return answer;
    }

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return apiVersion;
    }

    @Override
    public String clientId() {
        return link.toString();
    }

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public String clientHost() {
        return "10.0.0.1";
    }

    @Override
    public String listenerName() {
        return "PLAINTEXT";
    }

    @Override
    public InetSocketAddress localAddress() {
        return ADDRESS;
    }

    @Override
    public void respond(ApiMessage response) {
        if (process.inLoop()) {
            decide(response);
        } else {
            process.post(() -> decide(response));
        }
    }

    @Override
    public void respondQuietly(ApiMessage response) {
        process.postQuietly(() -> decide(response));
    }

    private void decide(ApiMessage response) {
        ApiMessage altered = process.answerOf(apiKey, body, response);
        process.probe().onResponse(apiKey, body, altered);
        WireWriter writer = new WireWriter();
        altered.write(writer, apiVersion);
        decide(bytesOf(writer));
    }

    private void decide(byte @Nullable [] bytes) {
        if (decided) {
            throw new IllegalStateException("A second answer to " + apiKey);
        }
        decided = true;
        answer = bytes;
        link.onDecided();
    }

    private static byte[] bytesOf(WireWriter writer) {
        ByteBuffer target = ByteBuffer.allocate(writer.size());
        for (Payload part : writer.parts()) {
            if (part instanceof FilePayload file) {
                copy(file, target);
            } else if (part instanceof BufferPayload memory) {
                target.put(memory.buffer().duplicate());
            } else {
                throw new IllegalStateException("An answer with " + part);
            }
        }
        return target.array();
    }

    private static void copy(FilePayload file, ByteBuffer target) {
        ByteBuffer place = target.slice(target.position(), file.sizeBytes());
        try {
            for (int read = 0; read >= 0 && place.hasRemaining(); ) {
                read = file.read(place, place.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            file.release();
        }
        target.position(target.position() + file.sizeBytes());
    }

    @Override
    public void respondNothing() {
        execute(() -> decide((byte[]) null));
    }

    @Override
    public void close(CloseReason reason) {
        execute(() -> {
            link.breakNow();
            decide((byte[]) null);
        });
    }

    @Override
    public void execute(Runnable task) {
        if (process.inLoop()) {
            task.run();
        } else {
            process.post(task);
        }
    }

    @Override
    public void executeQuietly(Runnable task) {
        process.postQuietly(task);
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
        process.runOnLoopAfter(delayMs, task);
    }

    @Override
    public boolean isConnected() {
        return link.isOpen();
    }

    @Override
    public void retainRequest() {
        // The request's memory is an array of its own.
    }

    @Override
    public void releaseRequest() {
        // See retainRequest.
    }
}
