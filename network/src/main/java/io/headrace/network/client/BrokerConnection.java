package io.headrace.network.client;

import io.headrace.network.loop.NetworkLoop;
import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.message.ResponseHeader;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.Payload;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one broker, for any number of requests at a time. Methods may be called from any thread; answers are
 * delivered on the connection's loop, which must not be blocked there.
 *
 * <p>A request that is not answered in time ends the connection, and with it all other requests.
 */
public final class BrokerConnection implements AutoCloseable {
    private static final long DEADLINE_CHECK_MS = 100;

    private record Pending(
            int correlationId, ApiKey api, short version, long deadlineNanos, CompletableFuture<ByteBuffer> answer) {}

    private final HostPort broker;
    private final ClientOptions options;
    private final Channel channel;
    private final NetworkLoop loop;
    private volatile ApiVersionTable versions = ApiVersionTable.UNKNOWN;

    // Owned by the loop.
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final AnswerFrames frames;
    private int nextCorrelationId;
    private boolean checksDeadlines;
    private @Nullable ClientException end;

    private BrokerConnection(HostPort broker, ClientOptions options, Channel channel, NetworkLoop loop) {
        this.broker = broker;
        this.options = options;
        this.channel = channel;
        this.loop = loop;
        this.frames = new AnswerFrames(options.answerBytesMax());
    }

    /** Connects and learns the versions the broker speaks. Resolves the host's name in the calling thread. */
    public static CompletableFuture<BrokerConnection> connect(
            NetworkLoops loops, HostPort broker, ClientOptions options) {
        NetworkLoop loop =
                loops.all().get(Math.floorMod(broker.hashCode(), loops.all().size()));
        CompletableFuture<BrokerConnection> result = new CompletableFuture<>();
        ChannelFuture connecting = new Bootstrap()
                .group(loop.eventLoop())
                .channel(loops.socketChannelClass())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, options.connectTimeoutMs())
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new InetSocketAddress(broker.host(), broker.port()));
        ChannelFuture unused = connecting.addListener(done -> {
            if (!done.isSuccess()) {
                result.completeExceptionally(new ClientException(
                        ErrorCode.BROKER_NOT_AVAILABLE,
                        "Cannot connect to " + broker + ": " + reason(done.cause()),
                        done.cause()));
                return;
            }
            BrokerConnection connection = new BrokerConnection(broker, options, connecting.channel(), loop);
            connecting.channel().pipeline().addLast(connection.new Events());
            connection.exchangeVersions(result);
        });
        return result;
    }

    private static String reason(Throwable cause) {
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return "the host name is not known";
        }
        String message = cause.getMessage();
        if (message == null) {
            return cause.getClass().getSimpleName();
        }
        return message.contains("refused")
                ? "connection refused"
                : message.contains("timed out") ? "timed out" : message;
    }

    private void exchangeVersions(CompletableFuture<BrokerConnection> result) {
        var unused = ApiVersionTable.ask(this).whenComplete((table, failure) -> {
            if (failure != null) {
                close();
                result.completeExceptionally(failure);
            } else {
                versions = table;
                result.complete(this);
            }
        });
    }

    /** Whom it is connected to. */
    public HostPort broker() {
        return broker;
    }

    /** Whether requests can be sent. */
    public boolean isOpen() {
        return channel.isActive();
    }

    /**
     * The newest version of an API that both sides know and that is not above {@code versionMax}.
     *
     * @throws ClientException with {@link ErrorCode#UNSUPPORTED_VERSION} when there is none
     */
    public short version(ApiKey api, short versionMax) {
        return versions.choose(api, versionMax);
    }

    /** Sends a request in the newest version both sides know; see {@link #send(ApiMessage, Class, short, int)}. */
    public <R extends ApiMessage> CompletableFuture<R> send(ApiMessage request, Class<R> answerType) {
        return send(request, answerType, Short.MAX_VALUE, options.requestTimeoutMs());
    }

    /**
     * Sends a request.
     *
     * @param versionMax the newest version the caller has filled the request in for
     * @return the answer, whatever error it carries; fails with a {@link ClientException} when there is none
     */
    public <R extends ApiMessage> CompletableFuture<R> send(
            ApiMessage request, Class<R> answerType, short versionMax, int timeoutMs) {
        ApiKey api = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        try {
            short version = version(api, versionMax);
            return send(request, api, version, timeoutMs)
                    .thenApply(body -> answerType.cast(api.readResponse(new WireReader(body), version)));
        } catch (ClientException | MalformedMessageException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Sends a request that the broker does not answer, a Produce with {@code acks=0}. Completes when it is written. */
    public CompletableFuture<@Nullable Void> sendUnanswered(ApiMessage request, short versionMax) {
        ApiKey api = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        CompletableFuture<@Nullable Void> written = new CompletableFuture<>();
        short version = version(api, versionMax);
        loop.post(() -> {
            ByteBuf encoded = encode(request, api, version, nextCorrelationId++);
            ChannelFuture unused = channel.writeAndFlush(encoded).addListener(done -> {
                if (done.isSuccess()) {
                    written.complete(null);
                } else {
                    written.completeExceptionally(broken(done.cause()));
                }
            });
        });
        return written;
    }

    /** Sends and returns the answer's body, its header taken off. */
    CompletableFuture<ByteBuffer> send(ApiMessage request, ApiKey api, short version, int timeoutMs) {
        CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
        loop.post(() -> {
            if (end != null) {
                answer.completeExceptionally(end);
                return;
            }
            if (pending.size() >= options.inFlightMax()) {
                answer.completeExceptionally(new ClientException(
                        ErrorCode.THROTTLING_QUOTA_EXCEEDED, "Too many requests to " + broker + " await their answer"));
                return;
            }
            int correlationId = nextCorrelationId++;
            ByteBuf encoded;
            try {
                encoded = encode(request, api, version, correlationId);
            } catch (MalformedMessageException e) {
                answer.completeExceptionally(e);
                return;
            }
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            pending.add(new Pending(correlationId, api, version, deadline, answer));
            watchDeadlines();
            ChannelFuture unused = channel.writeAndFlush(encoded).addListener(done -> {
                if (!done.isSuccess()) {
                    finish(broken(done.cause()));
                }
            });
        });
        return answer;
    }

    private ByteBuf encode(ApiMessage request, ApiKey api, short version, int correlationId) {
        WireWriter out = new WireWriter();
        new RequestHeader()
                .setRequestApiKey(api.id())
                .setRequestApiVersion(version)
                .setCorrelationId(correlationId)
                .setClientId(options.clientId())
                .write(out, api.requestHeaderVersion(version));
        request.write(out, version);
        List<Payload> parts = out.parts();
        ByteBuf encoded = channel.alloc().directBuffer(Integer.BYTES + out.size());
        encoded.writeInt(out.size());
        for (Payload part : parts) {
            encoded.writeBytes(((BufferPayload) part).buffer().duplicate());
        }
        return encoded;
    }

    private void watchDeadlines() {
        if (!checksDeadlines) {
            checksDeadlines = true;
            loop.schedule(this::checkDeadlines, DEADLINE_CHECK_MS);
        }
    }

    private void checkDeadlines() {
        checksDeadlines = false;
        long now = System.nanoTime();
        for (Pending one : pending) {
            if (now - one.deadlineNanos >= 0) {
                finish(new ClientException(
                        ErrorCode.REQUEST_TIMED_OUT, broker + " did not answer a " + one.api.apiName() + " in time"));
                return;
            }
        }
        if (!pending.isEmpty()) {
            watchDeadlines();
        }
    }

    private void onFrame(ByteBuffer frame) {
        Pending next = pending.poll();
        if (next == null) {
            throw new MalformedMessageException("an answer that nothing was asked for");
        }
        try {
            WireReader in = new WireReader(frame);
            ResponseHeader header = ResponseHeader.read(in, next.api.responseHeaderVersion(next.version));
            if (header.correlationId() != next.correlationId) {
                throw new MalformedMessageException("an answer to another request than the oldest");
            }
            next.answer.complete(frame.slice(in.position(), in.remaining()));
        } catch (MalformedMessageException e) {
            next.answer.completeExceptionally(broken(e));
            throw e;
        }
    }

    private ClientException broken(@Nullable Throwable cause) {
        String detail = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return new ClientException(
                ErrorCode.NETWORK_EXCEPTION, "The connection to " + broker + " broke" + detail, cause);
    }

    private void finish(ClientException reason) {
        if (end == null) {
            end = reason;
            for (Pending one = pending.poll(); one != null; one = pending.poll()) {
                one.answer.completeExceptionally(reason);
            }
            ChannelFuture unused = channel.close();
        }
    }

    /** Ends it; requests without an answer fail. Does not wait. */
    @Override
    public void close() {
        loop.post(() -> finish(
                new ClientException(ErrorCode.NETWORK_EXCEPTION, "The connection to " + broker + " was closed")));
    }

    /** What comes from the socket. */
    private final class Events extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            try {
                for (ByteBuffer frame = frames.next(bytes); frame != null; frame = frames.next(bytes)) {
                    onFrame(frame);
                }
            } catch (IllegalArgumentException | MalformedMessageException e) {
                finish(broken(e));
            } finally {
                bytes.release();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            finish(broken(new IOException("closed by the broker")));
        }

        @Override
        @SuppressWarnings("deprecation") // only deprecated for outbound handlers
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            finish(broken(cause));
        }
    }
}
