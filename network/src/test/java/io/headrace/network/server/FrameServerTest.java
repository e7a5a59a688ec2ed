package io.headrace.network.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FrameServerTest {
    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<IncomingFrame> frames = new ArrayBlockingQueue<>(10_000);
    private final BlockingQueue<CloseReason> closes = new ArrayBlockingQueue<>(1_000);

    @AfterEach
    void close() throws Exception {
        Collections.reverse(open);
        for (AutoCloseable resource : open) {
            resource.close();
        }
    }

    private FrameServer server(boolean nio, ServerOptions options) {
        NetworkLoops loops = nio ? NetworkLoops.startNio(2, "test-net") : NetworkLoops.start(2, "test-net");
        open.add(loops);
        FrameServer server = new FrameServer(loops, options);
        open.add(server);
        return server;
    }

    private static ListenerOptions listener() {
        return new ListenerOptions("PLAINTEXT", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private RawClient connect(Listener listener) throws IOException {
        RawClient client = new RawClient(listener.address());
        open.add(client);
        return client;
    }

    private static OutgoingFrame frame(byte[] bytes) {
        return new OutgoingFrame(List.of(new BufferPayload(ByteBuffer.wrap(bytes))));
    }

    private static OutgoingFrame frame(String text) {
        return frame(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(IncomingFrame frame) {
        byte[] result = new byte[frame.buffer().remaining()];
        frame.buffer().duplicate().get(result);
        return result;
    }

    private static String text(IncomingFrame frame) {
        return new String(bytes(frame), StandardCharsets.UTF_8);
    }

    private static ConnectionHandler echo(Connection connection) {
        return frame -> frame.slot().send(frame(bytes(frame)));
    }

    /** Keeps frames for the test to answer. */
    private ConnectionHandler.Factory keeping() {
        return connection -> new ConnectionHandler() {
            @Override
            public void onFrame(IncomingFrame frame) {
                frames.add(frame.retain());
            }

            @Override
            public void onClosed(CloseReason reason) {
                closes.add(reason);
            }
        };
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private IncomingFrame take() throws InterruptedException {
        IncomingFrame frame = frames.poll(20, TimeUnit.SECONDS);
        assertThat(frame).isNotNull();
        return frame;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHostThatNobodyKnowsIsCalledSo(boolean nio) {
        FrameServer server = server(nio, ServerOptions.defaults());
        ListenerOptions options =
                new ListenerOptions("INSIDE", InetSocketAddress.createUnresolved("no.such.host", 9092));
        assertThatThrownBy(() -> server.listen(options, FrameServerTest::echo))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("no.such.host", "INSIDE", ": unknown host");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesOfAllSizesComeThroughUnchanged(boolean nio) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        FrameServer server = server(nio, ServerOptions.defaults());
        RawClient client = connect(server.listen(listener(), FrameServerTest::echo));
        List<byte[]> sent = new ArrayList<>();
        int[] bounds = {10, 2_000, 70_000, 3_000_000};
        for (int i = 0; i < 200; i++) {
            byte[] frame = new byte[1 + random.nextInt(bounds[random.nextInt(i % 20 == 0 ? 4 : 3)])];
            random.nextBytes(frame);
            sent.add(frame);
        }
        Thread writer = new Thread(() -> {
            try {
                for (byte[] frame : sent) {
                    client.queue(frame);
                    if (random.nextInt(5) == 0) {
                        client.flush();
                    }
                }
                client.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        for (int i = 0; i < sent.size(); i++) {
            assertThat(client.read()).as("frame %d, -Dseed=%d", i, seed).isEqualTo(sent.get(i));
        }
        writer.join();
        client.close();
        await(() -> server.inboundBytes() == 0);
        assertThat(server.counters().framesIn()).isEqualTo(200);
    }

    @Test
    void aFrameMayArriveByteByByte() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        RawClient client = connect(server.listen(listener(), FrameServerTest::echo));
        byte[] wire = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd'};
        for (byte one : wire) {
            client.queueRaw(new byte[] {one}).flush();
        }
        assertThat(client.readText()).isEqualTo("abc");
        assertThat(client.readText()).isEqualTo("d");
    }

    @Test
    void answersGoOutInRequestOrderWhateverTheOrderOfCompletion() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        RawClient client = connect(server.listen(listener(), keeping()));
        for (int i = 0; i < 5; i++) {
            client.queue("q" + i);
        }
        client.flush();
        List<IncomingFrame> got = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            got.add(take());
        }
        got.get(4).slot().send(frame("a4"));
        got.get(2).slot().skip();
        got.get(1).slot().send(frame("a1"));
        got.get(0).slot().send(frame("a0"));
        assertThat(client.readText()).isEqualTo("a0");
        assertThat(client.readText()).isEqualTo("a1");
        got.get(3).slot().send(frame("a3"));
        assertThat(client.readText()).isEqualTo("a3");
        assertThat(client.readText()).isEqualTo("a4");
        assertThatThrownBy(() -> got.get(0).slot().skip()).isInstanceOf(IllegalStateException.class);
        got.forEach(IncomingFrame::release);
        assertThatThrownBy(() -> got.get(0).buffer()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aClosingAnswerIsSentBeforeTheConnectionCloses() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        RawClient client = connect(server.listen(listener(), keeping()));
        client.queue("one").queue("two").queue("three").flush();
        IncomingFrame one = take();
        IncomingFrame two = take();
        two.slot().sendAndClose(frame("bye"), CloseReason.AUTHENTICATION_FAILED);
        one.slot().send(frame("1"));
        assertThat(client.readText()).isEqualTo("1");
        assertThat(client.readText()).isEqualTo("bye");
        assertThat(client.isClosedWithoutAnswer()).isTrue();
        assertThat(closes.poll(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.AUTHENTICATION_FAILED);
        assertThat(server.counters().closed(CloseReason.AUTHENTICATION_FAILED)).isEqualTo(1);
        IncomingFrame three = take();
        AtomicInteger released = new AtomicInteger();
        three.slot().send(new OutgoingFrame(List.of(), released::incrementAndGet));
        await(() -> released.get() == 1);
        List.of(one, two, three).forEach(IncomingFrame::release);
        await(() -> server.inboundBytes() == 0);
    }

    @Test
    void wrongSizesCloseAndAreCounted() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        Listener listener = server.listen(listener().frameBytesMax(1_000), keeping());
        Map<Integer, CloseReason> cases = Map.of(
                -1,
                CloseReason.NEGATIVE_SIZE,
                Integer.MIN_VALUE,
                CloseReason.NEGATIVE_SIZE,
                0,
                CloseReason.EMPTY_FRAME,
                1_001,
                CloseReason.OVERSIZED,
                0x16030100,
                CloseReason.OVERSIZED, // a TLS ClientHello
                0x47455420,
                CloseReason.OVERSIZED); // "GET "
        for (Map.Entry<Integer, CloseReason> one : cases.entrySet()) {
            RawClient client = connect(listener);
            client.queueInt(one.getKey()).flush();
            assertThat(client.isClosedWithoutAnswer()).isTrue();
            assertThat(closes.poll(20, TimeUnit.SECONDS)).isEqualTo(one.getValue());
        }
        assertThat(server.counters().closed(CloseReason.OVERSIZED)).isEqualTo(3);
    }

    @Test
    void anAnnouncedSizeTakesNoMemory() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        Listener listener = server.listen(listener(), keeping());
        RawClient client = connect(listener);
        client.queueInt(100 << 20).queueRaw(new byte[10_000]).flush();
        await(() -> server.inboundBytes() >= 10_000);
        assertThat(server.inboundBytes()).isLessThan(100_000);
        client.close();
        assertThat(closes.poll(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.PEER_CLOSED);
        await(() -> server.inboundBytes() == 0);
    }

    @Test
    void aFrameThatDoesNotEndAndAnIdleConnectionAreClosed() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        Listener slow = server.listen(listener().partialFrameTimeoutMs(50), keeping());
        Listener idle = server.listen(listener().idleTimeoutMs(50), keeping());
        RawClient one = connect(slow).queueInt(100).flush();
        assertThat(one.isClosedWithoutAnswer()).isTrue();
        assertThat(closes.poll(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.PARTIAL_FRAME_TIMEOUT);
        RawClient two = connect(idle);
        assertThat(two.isClosedWithoutAnswer()).isTrue();
        assertThat(closes.poll(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void aPausedConnectionHandsOutNothingUntilResumed() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        Listener listener = server.listen(listener(), connection -> frame -> {
            connection.pauseReading();
            frames.add(frame.retain());
        });
        RawClient client = connect(listener);
        for (int i = 0; i < 50; i++) {
            client.queue("q" + i);
        }
        client.flush();
        for (int i = 0; i < 50; i++) {
            IncomingFrame frame = take();
            assertThat(text(frame)).isEqualTo("q" + i);
            assertThat(frames).isEmpty();
            frame.slot().send(frame("a" + i));
            frame.connection().loop().post(frame.connection()::resumeReading);
            frame.release();
            assertThat(client.readText()).isEqualTo("a" + i);
        }
    }

    @Test
    void tooManyUnansweredFramesStopTheReading() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        RawClient client = connect(server.listen(listener().outstandingMax(3, 1 << 20), keeping()));
        for (int i = 0; i < 10; i++) {
            client.queue("q" + i);
        }
        client.flush();
        for (int i = 0; i < 10; i++) {
            await(() -> frames.size() == 3 || server.counters().framesIn() == 10);
            assertThat(frames.size()).isLessThanOrEqualTo(3);
            IncomingFrame frame = take();
            frame.slot().send(frame("a" + i));
            frame.release();
            assertThat(client.readText()).isEqualTo("a" + i);
        }
    }

    @Test
    void aPeerThatDoesNotReadItsAnswersIsNotServedFurther() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        byte[] large = new byte[1 << 20];
        RawClient client = connect(server.listen(
                listener().outboundBytesMax(2 << 20),
                connection -> frame -> frame.slot().send(frame(large))));
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 100; i++) {
                    client.queue("more").flush();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        writer.join();
        await(() -> server.counters().framesIn() >= 2);
        assertThat(server.counters().framesIn()).isLessThan(50);
        for (int i = 0; i < 100; i++) {
            assertThat(client.read()).hasSize(1 << 20);
        }
    }

    @Test
    void memoryForFramesIsBoundedAndEveryFrameStillArrives() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults().withInboundBytesMax(1 << 20));
        Listener listener = server.listen(listener(), FrameServerTest::echo);
        List<Thread> threads = new ArrayList<>();
        AtomicInteger failures = new AtomicInteger();
        AtomicInteger highest = new AtomicInteger();
        for (int i = 0; i < 8; i++) {
            RawClient client = connect(listener);
            byte[] frame = new byte[900_000];
            threads.add(new Thread(() -> {
                try {
                    for (int k = 0; k < 10; k++) {
                        client.queue(frame).flush();
                        highest.accumulateAndGet((int) server.inboundBytes(), Math::max);
                        if (client.read().length != frame.length) {
                            failures.incrementAndGet();
                        }
                    }
                } catch (IOException e) {
                    failures.incrementAndGet();
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).hasValue(0);
        assertThat(highest.get()).isLessThan(5 << 20);
        await(() -> server.inboundBytes() == 0);
    }

    @Test
    void connectionLimitsByAddressAndInTotal() throws Exception {
        FrameServer server =
                server(false, ServerOptions.defaults().withConnectionLimits(Integer.MAX_VALUE, 2, Map.of(), 1_000));
        Listener listener = server.listen(listener(), FrameServerTest::echo);
        RawClient first = connect(listener);
        RawClient second = connect(listener);
        assertThat(first.queue("x").flush().readText()).isEqualTo("x");
        assertThat(second.queue("x").flush().readText()).isEqualTo("x");
        assertThat(connect(listener).isClosedWithoutAnswer()).isTrue();
        assertThat(server.counters().closed(CloseReason.TOO_MANY_FROM_ADDRESS)).isEqualTo(1);

        Listener narrow = server(false, ServerOptions.defaults().withConnectionLimits(1, 100, Map.of(), 1_000))
                .listen(listener(), FrameServerTest::echo);
        RawClient in = connect(narrow);
        assertThat(in.queue("x").flush().readText()).isEqualTo("x");
        RawClient waits = connect(narrow); // in the backlog
        waits.queue("y").flush();
        in.close();
        assertThat(waits.readText()).isEqualTo("y");
    }

    @Test
    void connectionLimitsChangeWhileOpen() throws Exception {
        ServerOptions options = ServerOptions.defaults();
        FrameServer server = server(false, options.withConnectionLimits(1, 1, Map.of(), 1_000));
        Listener listener = server.listen(listener(), FrameServerTest::echo);
        RawClient first = connect(listener);
        assertThat(first.queue("x").flush().readText()).isEqualTo("x");
        RawClient waits = connect(listener); // in the backlog
        waits.queue("y").flush();
        server.limitConnections(options.withConnectionLimits(2, 2, Map.of(), 1_000));
        assertThat(waits.readText()).isEqualTo("y");

        server.limitConnections(options.withConnectionLimits(3, 2, Map.of(), 1_000));
        assertThat(connect(listener).isClosedWithoutAnswer()).isTrue();

        server.limitConnections(options.withConnectionLimits(2, 100, Map.of(), 1_000));
        RawClient late = connect(listener);
        late.queue("z").flush();
        waits.close();
        assertThat(late.readText()).isEqualTo("z");
        assertThat(first.queue("x").flush().readText()).isEqualTo("x");
    }

    @Test
    void aBrokenHandlerClosesItsConnectionOnly() throws Exception {
        FrameServer server = server(false, ServerOptions.defaults());
        Listener listener = server.listen(listener(), connection -> frame -> {
            if (text(frame).equals("bad")) {
                throw new IllegalStateException("as the test wants it");
            }
            frame.slot().send(frame("ok"));
        });
        RawClient good = connect(listener);
        RawClient bad = connect(listener);
        bad.queue("bad").flush();
        assertThat(bad.isClosedWithoutAnswer()).isTrue();
        assertThat(good.queue("good").flush().readText()).isEqualTo("ok");
        await(() -> server.counters().closed(CloseReason.HANDLER_FAILURE) == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendfile", "nio", "transfer"})
    void slicesOfFilesAreSentBetweenOtherParts(String way, @TempDir Path directory) throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(7).nextBytes(content);
        Path path = directory.resolve("data");
        Files.write(path, content);
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        open.add(file);
        AtomicInteger released = new AtomicInteger();
        FrameServer server = server(way.equals("nio"), ServerOptions.defaults());
        RawClient client = connect(server.listen(listener(), connection -> frame -> {
            List<Payload> parts = List.of(
                    new BufferPayload(ByteBuffer.wrap(new byte[] {1, 2})),
                    new Slice(file, 1_000, 4_000_000, way.equals("transfer"), released),
                    new BufferPayload(ByteBuffer.wrap(content, 0, 100_000)),
                    new Slice(file, 0, 20_000, way.equals("transfer"), released),
                    new BufferPayload(ByteBuffer.wrap(new byte[] {3})));
            frame.slot().send(new OutgoingFrame(parts, released::incrementAndGet));
        }));
        ByteBuffer expected = ByteBuffer.allocate(4_120_003);
        expected.put(new byte[] {1, 2}).put(content, 1_000, 4_000_000).put(content, 0, 100_000);
        expected.put(content, 0, 20_000).put((byte) 3);
        for (int i = 1; i <= 3; i++) {
            assertThat(client.queue("go").flush().read()).isEqualTo(expected.array());
            int times = i;
            await(() -> released.get() == 3 * times);
        }
    }

    @Test
    void fileSlicesAreReleasedWhenThePeerGoesAway(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("data");
        Files.write(path, new byte[8 << 20]);
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        open.add(file);
        AtomicInteger released = new AtomicInteger();
        FrameServer server = server(false, ServerOptions.defaults());
        RawClient client = connect(server.listen(
                listener(),
                connection -> frame ->
                        frame.slot().send(new OutgoingFrame(List.of(new Slice(file, 0, 8 << 20, false, released))))));
        client.queue("a").queue("b").flush();
        await(() -> server.counters().framesIn() == 1);
        client.close();
        await(() -> released.get() == server.counters().framesIn());
        await(() -> server.connectionCount() == 0);
        assertThat(file.isOpen()).isTrue();
    }

    private record Slice(FileChannel file, long position, int sizeBytes, boolean hidden, AtomicInteger released)
            implements FilePayload {
        @Override
        public @Nullable FileChannel channel() {
            return hidden ? null : file;
        }

        @Override
        public long transferTo(WritableByteChannel target, long offset, long countMax) throws IOException {
            return file.transferTo(position + offset, countMax, target);
        }

        @Override
        public int read(ByteBuffer target, long offset) throws IOException {
            return file.read(target, position + offset);
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }
    }
}
