package io.headrace.server;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ApiVersionsRequest;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Sends frames to a broker, many on one connection, and checks that each gets what it is due. Of the frames that must end
 * their connection only one in {@link #CLOSE_SAMPLE} is sent; all are decoded, which is what refuses them.
 */
final class FrameDriver implements AutoCloseable {
    private static final int WINDOW = 64;
    private static final int CLOSE_SAMPLE = 6;
    private static final int SHORT_PATIENCE_MS = 3;
    /** UNKNOWN_SERVER_ERROR anywhere in an answer. */
    private static final Pattern SURPRISE = Pattern.compile("rrorCode=-1\\b");

    private final RunningBroker broker;
    private final Set<ApiKey> served;
    private final UUID topicInUse;
    private final List<byte[]> frames = new ArrayList<>();
    private final List<FrameVerdict> verdicts = new ArrayList<>();
    private final Map<CloseReason, Long> closes = new EnumMap<>(CloseReason.class);
    private RawClient socket;
    private int refusedFrames;

    long count;
    long sent;
    long answered;

    FrameDriver(RunningBroker broker, Set<ApiKey> served, UUID topicInUse) throws IOException {
        this.broker = broker;
        this.served = served;
        this.topicInUse = topicInUse;
        this.socket = broker.connect();
    }

    void drive(byte[] frame) throws IOException {
        FrameVerdict verdict = FrameVerdict.of(frame, served);
        count++;
        if (verdict.spoilsTheTest(topicInUse)) {
            return;
        }
        boolean refused = verdict.close() != null;
        if (refused && refusedFrames++ % CLOSE_SAMPLE != 0) {
            return;
        }
        frames.add(frame);
        verdicts.add(verdict);
        if (refused || verdict.mayWait() || verdict.wantsNoAnswer() || frames.size() == WINDOW) {
            flush();
        }
    }

    /** Sends what is queued and waits for all that is due. */
    void flush() throws IOException {
        if (frames.isEmpty()) {
            return;
        }
        for (byte[] frame : frames) {
            socket.queue(frame);
        }
        FrameVerdict last = verdicts.get(verdicts.size() - 1);
        if (last.wantsNoAnswer()) {
            socket.queue(RawClient.encode(new ApiVersionsRequest(), 0));
        }
        socket.flush();
        sent += frames.size();
        for (int i = 0; i < frames.size(); i++) {
            FrameVerdict verdict = verdicts.get(i);
            try {
                receive(verdict);
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError(
                        verdict.key() + " version " + verdict.version() + ": " + verdict.body() + "\nframe "
                                + HexFormat.of().formatHex(frames.get(i)) + "\n" + i + " of " + frames.size()
                                + ", the last is " + last + "\nclosed: " + broker.closeCounts() + "\nlogged: "
                                + broker.errors(),
                        e);
            }
        }
        frames.clear();
        verdicts.clear();
    }

    private void receive(FrameVerdict verdict) throws IOException {
        CloseReason reason = verdict.close();
        if (reason != null) {
            if (!socket.isClosedWithoutAnswer()) {
                throw new AssertionError("The connection was not closed for " + reason);
            }
            closes.merge(reason, 1L, Long::sum);
            reconnect();
        } else if (verdict.wantsNoAnswer()) {
            byte[] next = socket.readUnlessClosed();
            if (next == null) {
                closes.merge(CloseReason.UNANSWERED_ERROR, 1L, Long::sum);
            } else {
                var unused = RawClient.decode(next, ApiKey.API_VERSIONS, (short) 0, RawClient.CORRELATION_ID);
            }
            reconnect();
        } else if (verdict.mayWait()) {
            byte[] answer = socket.readWithin(SHORT_PATIENCE_MS);
            if (answer == null) {
                reconnect(); // the client goes away while its request waits
            } else {
                check(answer, verdict);
            }
        } else {
            check(socket.read(), verdict);
        }
    }

    private void check(byte[] answer, FrameVerdict verdict) {
        ApiMessage message = RawClient.decode(
                answer, Objects.requireNonNull(verdict.key()), verdict.version(), verdict.correlationId());
        String text = message.toString();
        if (SURPRISE.matcher(text).find()) {
            throw new AssertionError("The broker was surprised: " + text);
        }
        answered++;
    }

    private void reconnect() throws IOException {
        socket.close();
        try {
            socket = broker.connect();
        } catch (SocketException e) {
            throw new AssertionError("The broker does not take connections any more", e);
        }
    }

    Map<CloseReason, Long> closes() {
        return closes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
