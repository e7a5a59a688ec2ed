package io.headrace.network.client;

import io.headrace.network.loop.NetworkLoops;
import io.headrace.network.server.CloseReason;
import io.headrace.network.server.Connection;
import io.headrace.network.server.ConnectionHandler;
import io.headrace.network.server.FrameServer;
import io.headrace.network.server.IncomingFrame;
import io.headrace.network.server.Listener;
import io.headrace.network.server.ListenerOptions;
import io.headrace.network.server.OutgoingFrame;
import io.headrace.network.server.ServerOptions;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.message.ResponseHeader;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server with scripted answers. An API without a script gets none. */
public final class FakeBroker implements AutoCloseable {
    private final FrameServer server;
    private final Listener listener;
    private final Map<ApiKey, Function<ApiMessage, @Nullable ApiMessage>> scripts = new EnumMap<>(ApiKey.class);
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile short apiVersionsMax = ApiKey.API_VERSIONS.highestVersion();

    public FakeBroker(NetworkLoops loops) throws IOException {
        server = new FrameServer(loops, ServerOptions.defaults());
        listener = server.listen(
                new ListenerOptions("FAKE", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), this::accept);
    }

    public HostPort address() {
        return new HostPort("127.0.0.1", listener.address().getPort());
    }

    public int connectionCount() {
        return connections.size();
    }

    /** A null from the script leaves the request unanswered. */
    public FakeBroker on(ApiKey api, Function<ApiMessage, @Nullable ApiMessage> script) {
        scripts.put(api, script);
        return this;
    }

    public FakeBroker apiVersionsMax(int version) {
        apiVersionsMax = (short) version;
        return this;
    }

    public void dropConnections() {
        for (Connection connection : connections) {
            connection.close(CloseReason.ADMINISTRATIVE);
        }
        connections.clear();
    }

    private ConnectionHandler accept(Connection connection) {
        connections.add(connection);
        return this::answer;
    }

    private void answer(IncomingFrame frame) {
        WireReader in = new WireReader(frame.buffer());
        ApiKey api = Objects.requireNonNull(ApiKey.forId(frame.buffer().getShort(0)));
        short version = frame.buffer().getShort(2);
        RequestHeader header = RequestHeader.read(in, api.requestHeaderVersion(version));
        if (api == ApiKey.API_VERSIONS) {
            boolean known = version <= apiVersionsMax;
            send(frame, header, api, known ? version : 0, versions(known));
            return;
        }
        ApiMessage request = api.readRequest(in, version);
        Function<ApiMessage, @Nullable ApiMessage> script = scripts.get(api);
        ApiMessage response = script == null ? null : script.apply(request);
        if (response != null) {
            send(frame, header, api, version, response);
        }
    }

    private ApiVersionsResponse versions(boolean known) {
        List<ApiVersionsResponse.ApiVersion> list = new ArrayList<>();
        for (ApiKey api : ApiKey.values()) {
            short highest = api == ApiKey.API_VERSIONS ? apiVersionsMax : api.highestVersion();
            list.add(new ApiVersionsResponse.ApiVersion()
                    .setApiKey(api.id())
                    .setMinVersion(api.lowestVersion())
                    .setMaxVersion(highest));
        }
        return new ApiVersionsResponse()
                .setErrorCode((known ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION).code())
                .setApiKeys(list);
    }

    private static void send(IncomingFrame frame, RequestHeader header, ApiKey api, int version, ApiMessage response) {
        WireWriter out = new WireWriter();
        new ResponseHeader().setCorrelationId(header.correlationId()).write(out, api.responseHeaderVersion((short)
                version));
        response.write(out, (short) version);
        frame.slot().send(new OutgoingFrame(out.parts()));
    }

    @Override
    public void close() {
        server.close();
    }
}
