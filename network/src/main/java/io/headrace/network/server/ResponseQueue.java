package io.headrace.network.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one connection on their way out: slots in the order of the requests, then frames being written.
 *
 * <p>Owned by the connection's loop. Frames that become ready in one pass of the loop are written together and flushed
 * once, at the end of the pass.
 */
final class ResponseQueue {
    /** What one flush carried, until the socket has taken it. */
    private record Flight(int frames, long bytes, List<OutgoingFrame> toRelease) {}

    private final Connection connection;
    private final FrameWriter writer;
    private final int outstandingFramesMax;
    private final long outstandingBytesMax;
    private final long outboundBytesMax;

    private final ArrayDeque<ResponseSlot> slots = new ArrayDeque<>();
    private final ArrayDeque<Flight> flights = new ArrayDeque<>(4);
    private final Runnable flush = this::flush;
    private final ChannelFutureListener flightLanded = this::onFlightLanded;
    private long slotBytes;
    private long outboundBytes;
    private boolean flushPending;
    private boolean ended;
    /** Some slot closes the connection when its turn comes. */
    private boolean closing;

    private @Nullable CloseReason closeWhenSent;

    ResponseQueue(Connection connection, Channel channel, ListenerOptions options) {
        this.connection = connection;
        this.writer = new FrameWriter(channel, options.tls != null);
        this.outstandingFramesMax = options.outstandingFramesMax;
        this.outstandingBytesMax = options.outstandingBytesMax;
        this.outboundBytesMax = options.outboundBytesMax;
    }

    ResponseSlot addSlot(int requestBytes) {
        ResponseSlot slot = new ResponseSlot(connection, requestBytes);
        slots.add(slot);
        slotBytes += requestBytes;
        return slot;
    }

    /** Too many requests await their answer, or too many answers the peer: no further request is to be handed out. */
    boolean isFull() {
        return slots.size() >= outstandingFramesMax
                || slotBytes >= outstandingBytesMax
                || outboundBytes >= outboundBytesMax
                || closing;
    }

    boolean isIdle() {
        return slots.isEmpty() && outboundBytes == 0;
    }

    boolean isSending() {
        return outboundBytes > 0;
    }

    void onReady(ResponseSlot slot) {
        OutgoingFrame frame = slot.frame();
        if (ended) {
            if (frame != null) {
                frame.release(0);
            }
            return;
        }
        if (frame != null) {
            outboundBytes += frame.sizeBytes() + FrameWriter.PREFIX_BYTES;
        }
        CloseReason reason = slot.closeReason();
        if (reason != null && !closing) {
            closing = true;
            connection.onClosing(reason);
        }
        if (slot == slots.peek()) {
            flushAtEndOfPass();
        }
    }

    private void flushAtEndOfPass() {
        if (!flushPending) {
            flushPending = true;
            connection.loop().runAtEndOfPass(flush);
        }
    }

    private void flush() {
        flushPending = false;
        if (ended) {
            return;
        }
        boolean wasFull = isFull();
        for (ResponseSlot slot = slots.peek();
                slot != null && slot.isReady() && closeWhenSent == null;
                slot = slots.peek()) {
            slots.remove();
            slotBytes -= slot.requestBytes();
            OutgoingFrame frame = slot.frame();
            if (frame != null) {
                writer.add(frame);
            }
            closeWhenSent = slot.closeReason();
        }
        write();
        if (wasFull && !isFull()) {
            connection.onResponsesDrained();
        }
    }

    /** Writes what there is, as far as the channel takes it. Called again when the channel has become writable. */
    void write() {
        if (ended) {
            return;
        }
        ArrayList<OutgoingFrame> toRelease = new ArrayList<>(2);
        int framesBefore = writer.framesWritten();
        long bytesBefore = writer.bytesWritten();
        Object last;
        try {
            last = writer.writeAllButLast(toRelease);
        } catch (UncheckedIOException unreadable) {
            connection.fail("cannot read what was to be sent", unreadable);
            return;
        }
        if (last != null) {
            flights.add(
                    new Flight(writer.framesWritten() - framesBefore, writer.bytesWritten() - bytesBefore, toRelease));
            writer.writeAndFlush(last, flightLanded);
        } else if (closeWhenSent != null && flights.isEmpty() && writer.isEmpty()) {
            connection.close(closeWhenSent);
        }
    }

    private void onFlightLanded(ChannelFuture future) {
        Flight flight = flights.poll();
        if (flight == null) {
            return; // the connection ended, everything was dropped
        }
        boolean wasFull = isFull();
        outboundBytes -= flight.bytes;
        connection.onSent(flight.frames, flight.bytes, future.isSuccess());
        release(flight.toRelease);
        if (closeWhenSent != null) {
            if (flights.isEmpty() && writer.isEmpty()) {
                connection.close(closeWhenSent);
            }
        } else if (wasFull && !isFull() && !ended) {
            connection.onResponsesDrained();
        }
    }

    /** The connection has ended: lets go of every answer, sent in part or not at all. */
    void end() {
        ended = true;
        for (Flight flight = flights.poll(); flight != null; flight = flights.poll()) {
            release(flight.toRelease);
        }
        writer.drop();
        for (ResponseSlot slot = slots.poll(); slot != null; slot = slots.poll()) {
            OutgoingFrame frame = slot.isReady() ? slot.frame() : null;
            if (frame != null) {
                frame.release(0);
            }
        }
    }

    private static void release(List<OutgoingFrame> frames) {
        for (int i = 0; i < frames.size(); i++) {
            frames.get(i).finish();
        }
    }
}
