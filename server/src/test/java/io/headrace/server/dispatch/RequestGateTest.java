package io.headrace.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.loop.NetworkLoops;
import io.headrace.network.server.FrameServer;
import io.headrace.network.server.ListenerOptions;
import io.headrace.network.server.RawClient;
import io.headrace.network.server.ServerOptions;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.server.api.RequestHandler;
import io.headrace.server.security.Principal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests pass the gate, and what it decides reaches the client (KIP-219). */
@Timeout(60)
final class RequestGateTest {
    private static final short VERSION = 4;
    private static final int HOUR_MS = 3_600_000;

    private final NetworkLoops loops = NetworkLoops.start(1, "test-net");
    private final FrameServer server = new FrameServer(loops, ServerOptions.defaults());
    private final Queue<String> served = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private int serve(RequestGate gate) throws IOException {
        RequestHandler<HeartbeatRequest> handler = (context, request) -> {
            served.add(request.groupId());
            context.respond(new HeartbeatResponse());
        };
        RequestDispatcher dispatcher =
                new RequestDispatcher(Map.of(ApiKey.HEARTBEAT, handler), gate, new RequestCounters(), 1);
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return server.listen(new ListenerOptions("PLAINTEXT", anyPort), dispatcher)
                .address()
                .getPort();
    }

    private static byte[] heartbeat(String group) {
        return RawClient.encode(new HeartbeatRequest().setGroupId(group).setMemberId("m"), VERSION);
    }

    private static HeartbeatResponse read(RawClient socket) throws IOException {
        return (HeartbeatResponse) RawClient.decode(socket.read(), ApiKey.HEARTBEAT, VERSION, RawClient.CORRELATION_ID);
    }

    @Test
    void anOpenGateThrottlesNobody() throws IOException {
        try (RawClient socket = new RawClient(serve(RequestGate.OPEN))) {
            socket.queue(heartbeat("a")).queue(heartbeat("b")).flush();
            assertThat(read(socket).throttleTimeMs()).isZero();
            assertThat(read(socket).throttleTimeMs()).isZero();
        }
    }

    @Test
    void theGateLearnsWhoAsksForWhat() throws IOException {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        RequestGate gate = (context, request, sizeBytes) -> {
            assertThat(context.principal()).isEqualTo(Principal.ANONYMOUS);
            seen.add(context.apiKey() + " " + context.clientId() + " " + ((HeartbeatRequest) request).groupId() + " "
                    + sizeBytes);
            return 0;
        };
        byte[] frame = heartbeat("a");
        try (RawClient socket = new RawClient(serve(gate))) {
            socket.queue(frame).flush();
            assertThat(read(socket).errorCode()).isZero();
        }
        assertThat(seen).containsExactly("HEARTBEAT raw a " + frame.length);
    }

    @Test
    void aThrottledClientIsAnsweredAtOnceAndThenNotListenedTo() throws IOException {
        RequestGate gate = (context, request, sizeBytes) ->
                ((HeartbeatRequest) request).groupId().equals("greedy") ? HOUR_MS : 0;
        int port = serve(gate);
        try (RawClient greedy = new RawClient(port);
                RawClient modest = new RawClient(port)) {
            greedy.queue(heartbeat("greedy")).queue(heartbeat("unheard")).flush();
            HeartbeatResponse answer = read(greedy);
            assertThat(answer.throttleTimeMs()).isEqualTo(HOUR_MS);
            assertThat(answer.errorCode()).isEqualTo(ErrorCode.NONE.code());
            greedy.queue(heartbeat("unheard")).flush();
            for (int i = 0; i < 5; i++) {
                modest.queue(heartbeat("modest")).flush();
                assertThat(read(modest).throttleTimeMs()).isZero();
            }
            assertThat(served).doesNotContain("unheard").hasSize(6);
        }
    }

    @Test
    void aThrottledClientIsListenedToAgainWhenItsTimeIsOver() throws IOException {
        try (RawClient socket = new RawClient(serve((context, request, sizeBytes) -> 5))) {
            for (int i = 0; i < 4; i++) {
                socket.queue(heartbeat("g" + i));
            }
            socket.flush();
            for (int i = 0; i < 4; i++) {
                assertThat(read(socket).throttleTimeMs()).isEqualTo(5);
            }
            assertThat(served).containsExactly("g0", "g1", "g2", "g3");
        }
    }

    @Test
    void aGateThatBreaksClosesTheConnection() throws IOException {
        RequestGate gate = (context, request, sizeBytes) -> {
            throw new IllegalStateException(Objects.toString(request));
        };
        try (RawClient socket = new RawClient(serve(gate))) {
            socket.queue(heartbeat("a")).flush();
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
        assertThat(served).isEmpty();
    }
}
