package io.headrace.network.server;

import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns frames into channel writes: small parts are copied together into one buffer, large ones in memory go as they are,
 * slices of files as file regions, or through a buffer if the connection encrypts.
 *
 * <p>Owned by the connection's loop. A frame larger than an encrypting channel takes at once is left in the middle and
 * continued when the channel is writable again.
 */
final class FrameWriter {
    static final int PREFIX_BYTES = 4;
    private static final int COPIED_BYTES_MAX = 8 << 10;
    private static final int GATHERED_BYTES_MAX = 64 << 10;
    private static final int ENCRYPTED_CHUNK_BYTES = 64 << 10;

    private final Channel channel;
    private final boolean encrypted;
    private final ArrayDeque<OutgoingFrame> frames = new ArrayDeque<>(4);
    private int queuedSmallBytes;
    private int nextPart = -1; // -1: the size prefix
    private long partOffset;
    private @Nullable ByteBuf gathered;
    private @Nullable Object held;
    private int framesWritten;
    private long bytesWritten;

    FrameWriter(Channel channel, boolean encrypted) {
        this.channel = channel;
        this.encrypted = encrypted;
    }

    void add(OutgoingFrame frame) {
        frames.add(frame);
        queuedSmallBytes += PREFIX_BYTES + Math.min(frame.sizeBytes(), COPIED_BYTES_MAX);
    }

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Frames written so far, for differences. */
    int framesWritten() {
        return framesWritten;
    }

    /** Bytes written so far, for differences. */
    long bytesWritten() {
        return bytesWritten;
    }

    /**
     * Writes the queued frames except for the last piece, which is returned for {@link #writeAndFlush}.
     *
     * @param completed receives the frames that are written to their end
     * @return null when there was nothing to write
     * @throws UncheckedIOException when a file cannot be read; the connection cannot go on
     */
    @Nullable
    Object writeAllButLast(List<OutgoingFrame> completed) {
        for (OutgoingFrame frame = frames.peek(); frame != null; frame = frames.peek()) {
            if (!writeFrame(frame)) {
                break;
            }
            frames.remove();
            queuedSmallBytes -= PREFIX_BYTES + Math.min(frame.sizeBytes(), COPIED_BYTES_MAX);
            nextPart = -1;
            framesWritten++;
            completed.add(frame);
        }
        writeGathered();
        Object last = held;
        held = null;
        return last;
    }

    void writeAndFlush(Object last, ChannelFutureListener listener) {
        ChannelPromise promise = channel.newPromise();
        ChannelFuture unused = channel.writeAndFlush(last, promise.addListener(listener));
    }

    /** False if the channel takes no more for now. */
    private boolean writeFrame(OutgoingFrame frame) {
        if (nextPart < 0) {
            gather(PREFIX_BYTES).writeInt(frame.sizeBytes());
            bytesWritten += PREFIX_BYTES;
            nextPart = 0;
        }
        List<? extends Payload> parts = frame.parts();
        while (nextPart < parts.size()) {
            Payload part = parts.get(nextPart);
            if (part instanceof BufferPayload memory) {
                writeMemory(memory.buffer());
            } else if (part instanceof FilePayload file) {
                if (!encrypted) {
                    writeGathered();
                    bytesWritten += file.sizeBytes();
                    hold(FileRegions.of(file));
                } else if (!writeByReading(file)) {
                    return false;
                }
            } else {
                throw new IllegalArgumentException("A payload the network cannot send: " + part.getClass());
            }
            nextPart++;
        }
        return true;
    }

    private void writeMemory(ByteBuffer bytes) {
        int size = bytes.remaining();
        bytesWritten += size;
        if (size <= COPIED_BYTES_MAX) {
            ByteBuf target = gather(size);
            if (bytes.hasArray()) {
                target.writeBytes(bytes.array(), bytes.arrayOffset() + bytes.position(), size);
            } else {
                target.writeBytes(bytes.duplicate());
            }
        } else {
            writeGathered();
            hold(Unpooled.wrappedBuffer(bytes));
        }
    }

    private boolean writeByReading(FilePayload file) {
        while (partOffset < file.sizeBytes()) {
            if (!channel.isWritable()) {
                return false;
            }
            int size = (int) Math.min(ENCRYPTED_CHUNK_BYTES, file.sizeBytes() - partOffset);
            writeGathered();
            hold(read(file, size));
            partOffset += size;
            bytesWritten += size;
        }
        partOffset = 0;
        file.release();
        return true;
    }

    private ByteBuf read(FilePayload file, int size) {
        ByteBuf chunk = channel.alloc().directBuffer(size, size);
        ByteBuffer target = chunk.nioBuffer(0, size);
        try {
            while (target.hasRemaining()) {
                if (file.read(target, partOffset + target.position()) < 0) {
                    throw new IOException("The file ends inside the slice at " + file.position());
                }
            }
        } catch (IOException e) {
            chunk.release();
            throw new UncheckedIOException(e);
        }
        return chunk.writerIndex(size);
    }

    private ByteBuf gather(int size) {
        ByteBuf target = gathered;
        if (target != null && target.writableBytes() < size) {
            writeGathered();
            target = null;
        }
        if (target == null) {
            int capacity = Math.max(size, Math.min(GATHERED_BYTES_MAX, queuedSmallBytes));
            target = channel.alloc().directBuffer(capacity, capacity);
            gathered = target;
        }
        return target;
    }

    private void writeGathered() {
        ByteBuf full = gathered;
        gathered = null;
        if (full != null) {
            hold(full);
        }
    }

    /** Keeps one piece back, because only the last one of a flush carries the promise. */
    private void hold(Object piece) {
        writeHeld();
        held = piece;
    }

    private void writeHeld() {
        Object piece = held;
        held = null;
        if (piece != null) {
            ChannelFuture unused = channel.write(piece, channel.voidPromise());
        }
    }

    /** Lets go of all that was not written. */
    void drop() {
        ReferenceCountUtil.release(gathered);
        ReferenceCountUtil.release(held);
        gathered = null;
        held = null;
        int from = Math.max(nextPart, 0);
        for (OutgoingFrame frame = frames.poll(); frame != null; frame = frames.poll()) {
            frame.release(from);
            from = 0;
        }
    }
}
