package io.headrace.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one connection into frames: four bytes of size, then as many bytes.
 *
 * <p>The socket is read straight into the buffer that the frames are then cut from, several small ones from one read. A
 * frame that does not fit the buffer moves to one of its own, which grows fourfold with the bytes that have arrived, so
 * that a size that is only announced takes no memory; a connection that has sent frames as large before gets the room at
 * once. An idle connection holds no buffer. Owned by the connection's loop.
 */
final class FrameReader {
    private static final int PREFIX_BYTES = 4;
    private static final int READ_BYTES_MIN = 2 << 10;
    private static final int READ_BYTES_INITIAL = 8 << 10;
    private static final int READ_BYTES_MAX = 64 << 10;
    private static final int GROWTH = 4;
    private static final int TRUSTED_BYTES_MAX = 2 << 20;
    /** Less room than this is not worth a read while the size of the next frame is unknown. */
    private static final int ROOM_MIN = 512;

    private final Connection connection;
    private final ByteBufAllocator allocator;
    private final InboundBudget budget;
    private int frameBytesMax;

    private @Nullable ReceiveBuffer current;
    private int parsed; // everything before it in `current` has been handed out
    private int readBytesGuess = READ_BYTES_INITIAL;
    private int smallReads;
    private int bytesThisPass;
    private int largestFrameBytes;
    private int framesThisParse;
    private boolean parsing;
    private boolean inFrame;

    FrameReader(Connection connection, ByteBufAllocator allocator, InboundBudget budget, int frameBytesMax) {
        this.connection = connection;
        this.allocator = allocator;
        this.budget = budget;
        this.frameBytesMax = frameBytesMax;
    }

    void limitFrameBytes(int bytes) {
        frameBytesMax = bytes;
    }

    /** Whether a frame has arrived in part. */
    boolean inFrame() {
        return inFrame;
    }

    /** Bytes received and not handed out. */
    int pendingBytes() {
        ReceiveBuffer buffer = current;
        return buffer == null ? 0 : buffer.memory().writerIndex() - parsed;
    }

    /** Makes the channel read into this reader's memory. Not for encrypted connections. */
    RecvByteBufAllocator receiveAllocator() {
        return new DefaultMaxMessagesRecvByteBufAllocator() {
            @Override
            @SuppressWarnings("deprecation") // the only kind of handle the transports accept
            public RecvByteBufAllocator.Handle newHandle() {
                return new MaxMessageHandle() {
                    @Override
                    public ByteBuf allocate(ByteBufAllocator ignored) {
                        return roomToRead().memory().retain();
                    }

                    @Override
                    public int guess() {
                        return readBytesGuess;
                    }

                    @Override
                    public void lastBytesRead(int bytes) {
                        bytesThisPass += Math.max(bytes, 0);
                        super.lastBytesRead(bytes);
                    }
                };
            }
        };
    }

    /** Bytes have arrived: in the current buffer, or in one that came out of decryption and is copied. Takes ownership. */
    void onRead(ByteBuf bytes) {
        ReceiveBuffer buffer = current;
        if (buffer != null && buffer.isBackedBy(bytes)) {
            bytes.release();
            parse();
            return;
        }
        bytesThisPass += bytes.readableBytes();
        try {
            while (bytes.isReadable() && connection.isOpen()) {
                ByteBuf target = roomToRead().memory();
                target.writeBytes(bytes, Math.min(bytes.readableBytes(), target.writableBytes()));
                parse();
            }
        } finally {
            bytes.release();
        }
    }

    /** The socket has no more for now: fit the size of the next read to what came. */
    void onReadComplete() {
        if (bytesThisPass >= readBytesGuess) {
            readBytesGuess = Math.min(readBytesGuess * 2, READ_BYTES_MAX);
            smallReads = 0;
        } else if (bytesThisPass < readBytesGuess / 4 && ++smallReads >= 8) {
            readBytesGuess = Math.max(readBytesGuess / 2, READ_BYTES_MIN);
            smallReads = 0;
        }
        bytesThisPass = 0;
        ReceiveBuffer buffer = current;
        if (buffer != null && pendingBytes() == 0) {
            current = null;
            buffer.release();
        }
    }

    /** Hands out the whole frames that are there, until the connection says stop. */
    void parse() {
        if (parsing) {
            return; // called from inside a handler; the loop below goes on
        }
        parsing = true;
        framesThisParse = 0;
        try {
            while (connection.wantsFrames() && nextFrame()) {}
        } finally {
            parsing = false;
        }
        if (connection.isOpen()) {
            makeRoom();
        }
    }

    private boolean nextFrame() {
        ReceiveBuffer buffer = current;
        int available = pendingBytes();
        if (buffer == null || available < PREFIX_BYTES) {
            return false;
        }
        int size = buffer.memory().getInt(parsed);
        if (size <= 0) {
            connection.closeAfterAnswers(size < 0 ? CloseReason.NEGATIVE_SIZE : CloseReason.EMPTY_FRAME);
            return false;
        }
        if (size > frameBytesMax) {
            connection.closeAfterAnswers(CloseReason.OVERSIZED);
            return false;
        }
        if (available - PREFIX_BYTES < size) {
            return false;
        }
        int start = parsed + PREFIX_BYTES;
        parsed = start + size;
        framesThisParse++;
        largestFrameBytes = Math.max(largestFrameBytes, size);
        connection.deliver(buffer.retain(), start, size);
        return true;
    }

    /** Settles where the next bytes go: on in this buffer, in a larger one, or in one to be allocated when they come. */
    private void makeRoom() {
        ReceiveBuffer buffer = current;
        if (buffer == null) {
            setInFrame(false);
            return;
        }
        int left = pendingBytes();
        if (connection.isClosing()) {
            setInFrame(false); // what is left is no frame
            return;
        }
        if (left == 0) {
            setInFrame(false);
            if (buffer.isShared()) {
                current = null;
                buffer.release();
            } else {
                buffer.memory().clear();
            }
            parsed = 0;
            return;
        }
        int need =
                left < PREFIX_BYTES ? ROOM_MIN : PREFIX_BYTES + buffer.memory().getInt(parsed);
        setInFrame(left < need);
        boolean fits = need <= buffer.capacity() - parsed;
        // At the start of a buffer with room left, going on is cheaper: each move copies what has arrived.
        if (!fits && (parsed > 0 || left < PREFIX_BYTES || !buffer.memory().isWritable() || isTrusted(need))) {
            move(buffer, left, roomFor(need, left));
        }
    }

    private boolean isTrusted(int need) {
        return need <= TRUSTED_BYTES_MAX && need - PREFIX_BYTES <= largestFrameBytes && budget.hasRoom(need);
    }

    private int roomFor(int need, int arrived) {
        if (need <= readBytesGuess) {
            return readBytesGuess;
        }
        if (isTrusted(need)) {
            return need;
        }
        long grown = Math.max(readBytesGuess, (long) arrived * GROWTH);
        return (int) Math.min(need, grown);
    }

    private void move(ReceiveBuffer from, int left, int capacity) {
        ReceiveBuffer to = ReceiveBuffer.allocate(allocator, capacity, budget);
        to.memory().writeBytes(from.memory(), parsed, left);
        from.release();
        current = to;
        parsed = 0;
    }

    private ReceiveBuffer roomToRead() {
        ReceiveBuffer buffer = current;
        if (buffer == null) {
            buffer = ReceiveBuffer.allocate(allocator, readBytesGuess, budget);
            current = buffer;
            parsed = 0;
        } else if (!buffer.memory().isWritable()) {
            // Whole frames fill it that nobody wants yet. Reading is about to stop; this catches what still comes.
            move(buffer, pendingBytes(), buffer.capacity() + READ_BYTES_MAX);
        }
        ReceiveBuffer result = current;
        return result == null ? buffer : result;
    }

    private void setInFrame(boolean now) {
        boolean ended = inFrame && (!now || framesThisParse > 0);
        boolean started = now && (!inFrame || framesThisParse > 0);
        inFrame = now;
        if (ended) {
            budget.giveBackPermit(connection);
        }
        if (started) {
            connection.onFrameStarted();
        }
    }

    /** The connection has ended. */
    void end() {
        ReceiveBuffer buffer = current;
        current = null;
        if (buffer != null) {
            buffer.release();
        }
        budget.giveBackPermit(connection);
    }
}
