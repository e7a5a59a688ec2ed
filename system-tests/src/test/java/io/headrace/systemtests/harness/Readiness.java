package io.headrace.systemtests.harness;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Asks a broker by hand-made frames whether it serves: the clients' own back-off would blur when it began to. */
final class Readiness {
    private static final short METADATA = 3;
    private static final short API_VERSIONS = 18;

    private Readiness() {}

    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(2000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] versions = ask(out, in, API_VERSIONS, 0, new byte[0]);
            boolean ready = versions[4] == 0 && versions[5] == 0;
            byte[] noTopics = new byte[4];
            byte[] metadata = ask(out, in, METADATA, 1, noTopics);
            int brokerCount = metadata[7];
            return ready && brokerCount > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] ask(DataOutputStream out, DataInputStream in, int api, int version, byte[] body)
            throws IOException {
        out.writeInt(2 + 2 + 4 + 2 + body.length);
        out.writeShort(api);
        out.writeShort(version);
        out.writeInt(1);
        out.writeShort(-1);
        out.write(body);
        out.flush();
        return in.readNBytes(in.readInt());
    }
}
