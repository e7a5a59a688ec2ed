package io.headrace.network.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.message.ResponseHeader;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A blocking client that can also send what is not a frame. Tests of the server use it too. */
public final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MS = 30_000;
    /** The correlation id of all that {@link #encode} makes. */
    public static final int CORRELATION_ID = 77;

    private final Socket socket = new Socket();
    private final DataOutputStream out;
    private final DataInputStream in;

    /** Connects to a port of this machine. */
    public RawClient(int port) throws IOException {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    RawClient(InetSocketAddress address) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(address, PATIENCE_MS);
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 14));
    }

    /** A request's header and body as they follow the size. */
    public static byte[] encode(ApiMessage request, int version) {
        ApiKey key = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        WireWriter writer = new WireWriter();
        new RequestHeader()
                .setRequestApiKey(key.id())
                .setRequestApiVersion((short) version)
                .setCorrelationId(CORRELATION_ID)
                .setClientId("raw")
                .write(writer, key.requestHeaderVersion((short) version));
        request.write(writer, (short) version);
        return writer.toByteArray();
    }

    /** Reads an answer that must be whole, of the right version, and for the right request. */
    public static ApiMessage decode(byte[] answer, ApiKey key, short version, int correlationId) {
        WireReader reader = new WireReader(ByteBuffer.wrap(answer));
        ResponseHeader header = ResponseHeader.read(reader, key.responseHeaderVersion(version));
        assertThat(header.correlationId()).isEqualTo(correlationId);
        ApiMessage message = key.readResponse(reader, version);
        assertThat(reader.remaining()).as("bytes behind the answer").isZero();
        return message;
    }

    public RawClient queue(byte[] frame) throws IOException {
        out.writeInt(frame.length);
        out.write(frame);
        return this;
    }

    RawClient queue(String frame) throws IOException {
        return queue(frame.getBytes(StandardCharsets.UTF_8));
    }

    RawClient queueInt(int value) throws IOException {
        out.writeInt(value);
        return this;
    }

    public RawClient queueRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    public RawClient flush() throws IOException {
        out.flush();
        return this;
    }

    public byte[] read() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    String readText() throws IOException {
        return new String(read(), StandardCharsets.UTF_8);
    }

    /** A frame that begins to arrive within this time; null if none does. */
    public byte @Nullable [] readWithin(int ms) throws IOException {
        socket.setSoTimeout(ms);
        int first;
        try {
            first = in.read();
        } catch (SocketTimeoutException e) {
            return null;
        } finally {
            socket.setSoTimeout(PATIENCE_MS);
        }
        if (first < 0) {
            throw new EOFException("The server closed the connection");
        }
        int size = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        byte[] frame = new byte[size];
        in.readFully(frame);
        return frame;
    }

    public ApiMessage ask(ApiMessage request, int version) throws IOException {
        queue(encode(request, version)).flush();
        ApiKey key = Objects.requireNonNull(ApiKey.forId(request.apiKey()));
        return decode(read(), key, (short) version, CORRELATION_ID);
    }

    /** The next frame; null if the server ends the connection first, by FIN or reset. */
    public byte @Nullable [] readUnlessClosed() {
        try {
            return read();
        } catch (SocketTimeoutException e) {
            throw stuck(e);
        } catch (IOException closed) {
            return null;
        }
    }

    /**
     * Waits for the server to end the connection, by FIN or reset; false if it sends something first.
     *
     * @throws AssertionError if it does neither
     */
    public boolean isClosedWithoutAnswer() {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            throw stuck(e);
        } catch (IOException reset) {
            return true;
        }
    }

    private static AssertionError stuck(SocketTimeoutException cause) {
        return new AssertionError("The server neither answers nor closes the connection", cause);
    }

    /** Says that nothing more will come. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
