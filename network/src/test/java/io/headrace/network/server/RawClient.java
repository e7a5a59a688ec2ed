package io.headrace.network.server;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A blocking peer that can also send what is not a frame. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket = new Socket();
    private final DataOutputStream out;
    private final DataInputStream in;

    RawClient(InetSocketAddress address) throws IOException {
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(address, PATIENCE_MS);
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    RawClient queue(byte[] frame) throws IOException {
        out.writeInt(frame.length);
        out.write(frame);
        return this;
    }

    RawClient queue(String frame) throws IOException {
        return queue(frame.getBytes(StandardCharsets.UTF_8));
    }

    RawClient queueRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    RawClient queueInt(int value) throws IOException {
        out.writeInt(value);
        return this;
    }

    RawClient flush() throws IOException {
        out.flush();
        return this;
    }

    byte[] read() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    String readText() throws IOException {
        return new String(read(), StandardCharsets.UTF_8);
    }

    /** Waits for the server to close, by FIN or reset. */
    boolean isClosedByServer() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
