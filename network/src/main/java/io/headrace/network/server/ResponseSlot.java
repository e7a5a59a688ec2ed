package io.headrace.network.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The place of one answer in the sequence of a connection's answers, which is that of its requests. A slot completed
 * early waits for those before it. Exactly one of the completing methods is called, once, by any thread.
 */
public final class ResponseSlot implements Runnable {
    private static final VarHandle COMPLETED;

    static {
        try {
            COMPLETED = MethodHandles.lookup().findVarHandle(ResponseSlot.class, "completed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Connection connection;
    private final int requestBytes;

    @SuppressWarnings("unused") // through COMPLETED
    private volatile boolean completed;

    private @Nullable OutgoingFrame frame;
    private @Nullable CloseReason closeReason;
    private boolean ready;

    ResponseSlot(Connection connection, int requestBytes) {
        this.connection = connection;
        this.requestBytes = requestBytes;
    }

    /** The connection the answer goes to. */
    public Connection connection() {
        return connection;
    }

    /** Sends this frame when its turn comes. */
    public void send(OutgoingFrame answer) {
        complete(answer, null, true);
    }

    /**
     * As {@link #send}, but if the calling thread is not the loop's, the loop learns of it with its next
     * {@link io.headrace.network.loop.NetworkLoop#wakeUp}: for a thread that completes many slots in a row.
     */
    public void sendQuietly(OutgoingFrame answer) {
        complete(answer, null, false);
    }

    /** Sends nothing, as for a produce request with {@code acks=0}. */
    public void skip() {
        complete(null, null, true);
    }

    /** Closes the connection when the answers before this one have been sent. */
    public void close(CloseReason reason) {
        complete(null, reason, true);
    }

    /** Sends this frame when its turn comes, then closes the connection. */
    public void sendAndClose(OutgoingFrame answer, CloseReason reason) {
        complete(answer, reason, true);
    }

    private void complete(@Nullable OutgoingFrame answer, @Nullable CloseReason reason, boolean wake) {
        if ((boolean) COMPLETED.getAndSet(this, true)) {
            throw new IllegalStateException("A request was answered twice");
        }
        frame = answer;
        closeReason = reason;
        if (connection.loop().inLoop()) {
            run();
        } else if (wake) {
            connection.loop().post(this);
        } else {
            connection.loop().postQuietly(this);
        }
    }

    /** The part of completing that happens on the connection's loop; called by the network layer only. */
    @Override
    public void run() {
        ready = true;
        connection.responses().onReady(this);
    }

    /** Whether its turn may come. On the loop. */
    boolean isReady() {
        return ready;
    }

    int requestBytes() {
        return requestBytes;
    }

    @Nullable
    OutgoingFrame frame() {
        return frame;
    }

    @Nullable
    CloseReason closeReason() {
        return closeReason;
    }
}
