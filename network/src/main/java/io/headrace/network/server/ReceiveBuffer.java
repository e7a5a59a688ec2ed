package io.headrace.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A piece of direct memory that a connection receives into, shared by its reader and the frames cut from it. Counted in
 * the broker's budget with its whole capacity from allocation to the last release.
 */
final class ReceiveBuffer {
    private final ByteBuf memory;
    private final ByteBuffer view;
    private final InboundBudget budget;
    private final AtomicInteger references = new AtomicInteger(1);

    private ReceiveBuffer(ByteBuf memory, InboundBudget budget) {
        this.memory = memory;
        this.view = memory.nioBuffer(0, memory.capacity());
        this.budget = budget;
    }

    static ReceiveBuffer allocate(ByteBufAllocator allocator, int capacity, InboundBudget budget) {
        ByteBuf memory = allocator.directBuffer(capacity, capacity);
        budget.charge(capacity);
        return new ReceiveBuffer(memory, budget);
    }

    ByteBuf memory() {
        return memory;
    }

    @SuppressWarnings("ReferenceEquality") // equal content in another buffer is another thing
    boolean isBackedBy(ByteBuf bytes) {
        return bytes == memory;
    }

    int capacity() {
        return view.capacity();
    }

    ByteBuffer slice(int start, int length) {
        return view.slice(start, length);
    }

    boolean isShared() {
        return references.get() > 1;
    }

    ReceiveBuffer retain() {
        references.incrementAndGet();
        return this;
    }

    void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            int capacity = view.capacity();
            memory.release();
            budget.credit(capacity);
        } else if (left < 0) {
            throw new IllegalStateException("A receive buffer was released twice");
        }
    }
}
