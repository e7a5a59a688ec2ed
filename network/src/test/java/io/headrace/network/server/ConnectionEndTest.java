package io.headrace.network.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.loop.NetworkLoop;
import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How connections end that did something wrong, by a clock that the test turns. */
@Timeout(60)
class ConnectionEndTest {
    private static final long PARTIAL_FRAME_TIMEOUT_MS = 30_000;

    private final AtomicLong clockMs = new AtomicLong(1_000_000);
    private final BlockingQueue<IncomingFrame> frames = new ArrayBlockingQueue<>(100);
    private final BlockingQueue<CloseReason> closes = new ArrayBlockingQueue<>(100);
    private final NetworkLoops loops = NetworkLoops.start(1, "test-net");
    private final FrameServer server = new FrameServer(loops, ServerOptions.defaults(), clockMs::get);
    private Listener listener;

    @BeforeEach
    void listen() throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ListenerOptions options = new ListenerOptions("PLAINTEXT", anyPort)
                .frameBytesMax(1 << 20)
                .idleTimeoutMs(Long.MAX_VALUE / 2)
                .partialFrameTimeoutMs(PARTIAL_FRAME_TIMEOUT_MS);
        listener = server.listen(options, connection -> new ConnectionHandler() {
            @Override
            public void onFrame(IncomingFrame frame) {
                frames.add(frame.retain());
            }

            @Override
            public void onClosed(CloseReason reason) {
                closes.add(reason);
            }
        });
    }

    @AfterEach
    void close() {
        server.close();
        loops.close();
    }

    private IncomingFrame take() throws InterruptedException {
        return Objects.requireNonNull(frames.poll(20, TimeUnit.SECONDS), "no frame");
    }

    private CloseReason closed() throws InterruptedException {
        return Objects.requireNonNull(closes.poll(20, TimeUnit.SECONDS), "not closed");
    }

    private static void answer(IncomingFrame frame, String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        frame.slot().send(new OutgoingFrame(List.of(new BufferPayload(bytes))));
        frame.release();
    }

    /** Lets time pass for all connections; when this returns they know. */
    private void pass(long ms) {
        clockMs.addAndGet(ms);
        server.sweep();
        CompletableFuture<Void> swept = new CompletableFuture<>();
        NetworkLoop loop = loops.all().get(0);
        loop.post(() -> swept.complete(null));
        swept.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private RawClient withBadSizeBehind(int size, String... requests) throws IOException {
        RawClient client = new RawClient(listener.address());
        for (String request : requests) {
            client.queue(request);
        }
        return client.queueInt(size).queue("never to be served").flush();
    }

    @ParameterizedTest
    @CsvSource({"-1, NEGATIVE_SIZE", "0, EMPTY_FRAME", "1048577, OVERSIZED"})
    void answersThatAreDueAreSentBeforeABadSizeCloses(int size, CloseReason reason) throws Exception {
        try (RawClient client = withBadSizeBehind(size, "one", "two")) {
            IncomingFrame one = take();
            IncomingFrame two = take();
            answer(two, "2");
            answer(one, "1");
            assertThat(client.readText()).isEqualTo("1");
            assertThat(client.readText()).isEqualTo("2");
            assertThat(client.isClosedWithoutAnswer()).isTrue();
            assertThat(closed()).isEqualTo(reason);
            assertThat(frames).isEmpty();
            assertThat(server.counters().closed(reason)).isEqualTo(1);
        }
    }

    @Test
    void answersThatDoNotComeHoldAClosingConnectionForALimitedTime() throws Exception {
        try (RawClient client = withBadSizeBehind(-1, "one")) {
            IncomingFrame one = take();
            pass(PARTIAL_FRAME_TIMEOUT_MS);
            assertThat(closes).isEmpty();
            pass(1);
            assertThat(closed()).isEqualTo(CloseReason.NEGATIVE_SIZE);
            assertThat(client.isClosedWithoutAnswer()).isTrue();
            answer(one, "too late");
        }
    }

    @Test
    void whatComesBehindABadSizeTakesLittleMemory() throws Exception {
        try (RawClient client = withBadSizeBehind(-1, "one")) {
            IncomingFrame one = take();
            // More than any buffer between here and there holds cannot be sent: nobody reads it.
            client.queueRaw(new byte[64 << 10]).flush();
            pass(0);
            assertThat(server.inboundBytes()).isLessThan(300 << 10);
            answer(one, "1");
            assertThat(client.readText()).isEqualTo("1");
            assertThat(closed()).isEqualTo(CloseReason.NEGATIVE_SIZE);
        }
    }

    @Test
    void nothingIsHandedOutBehindARequestThatClosesTheConnection() throws Exception {
        try (RawClient client = new RawClient(listener.address())) {
            client.queue("one").flush();
            IncomingFrame one = take();
            client.queue("bad").flush();
            IncomingFrame bad = take();
            bad.slot().close(CloseReason.MALFORMED_REQUEST);
            bad.release();
            pass(0);
            client.queue("more").flush();
            answer(one, "1");
            assertThat(client.readText()).isEqualTo("1");
            assertThat(client.isClosedWithoutAnswer()).isTrue();
            assertThat(closed()).isEqualTo(CloseReason.MALFORMED_REQUEST);
            assertThat(frames).isEmpty();
        }
    }

    @Test
    void aFrameMustBeWholeInTime() throws Exception {
        try (RawClient client = new RawClient(listener.address())) {
            client.queue("whole").flush();
            answer(take(), "yes");
            assertThat(client.readText()).isEqualTo("yes");
            pass(10 * PARTIAL_FRAME_TIMEOUT_MS); // between frames there is no such limit
            client.queue("again").queueInt(100).queueRaw(new byte[10]).flush();
            answer(take(), "yes"); // handed out before the beginning of the next frame was looked at
            assertThat(client.readText()).isEqualTo("yes");
            pass(PARTIAL_FRAME_TIMEOUT_MS);
            assertThat(closes).isEmpty();
            pass(2); // the bytes that came earn the frame less than this
            assertThat(closed()).isEqualTo(CloseReason.PARTIAL_FRAME_TIMEOUT);
            assertThat(client.isClosedWithoutAnswer()).isTrue();
        }
    }

    @Test
    void sizePrefixesAloneTimeOutToo() throws Exception {
        try (RawClient client = new RawClient(listener.address())) {
            client.queue("whole").queueRaw(new byte[2]).flush();
            answer(take(), "yes");
            assertThat(client.readText()).isEqualTo("yes");
            pass(PARTIAL_FRAME_TIMEOUT_MS + 1);
            assertThat(closed()).isEqualTo(CloseReason.PARTIAL_FRAME_TIMEOUT);
        }
    }
}
