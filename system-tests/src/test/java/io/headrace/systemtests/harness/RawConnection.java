package io.headrace.systemtests.harness;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** One connection on which requests go out as they are, for what no client would send. */
public final class RawConnection implements AutoCloseable {
    private static final int ANSWER_WITHIN_MS = 30_000;

    private final Socket socket = new Socket();
    private int correlationId;

    public RawConnection(Broker broker) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port()), ANSWER_WITHIN_MS);
        socket.setSoTimeout(ANSWER_WITHIN_MS);
    }

    /** Sends a request and waits for its answer, which must be of that type and is the only one due. */
    public <T extends AbstractResponse> T ask(AbstractRequest request, Class<T> answer) throws IOException {
        RequestHeader header = write(request);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] bytes = in.readNBytes(in.readInt());
        return answer.cast(AbstractResponse.parseResponse(ByteBuffer.wrap(bytes), header));
    }

    /** Sends a request whose answer nobody will wait for. */
    public void send(AbstractRequest request) throws IOException {
        write(request);
    }

    private RequestHeader write(AbstractRequest request) throws IOException {
        RequestHeader header =
                new RequestHeader(request.apiKey(), request.version(), "raw connection", ++correlationId);
        ByteBuffer body = request.serializeWithHeader(header);
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body);
        socket.getOutputStream().write(frame.array());
        return header;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
