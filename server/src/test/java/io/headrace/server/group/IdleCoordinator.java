package io.headrace.server.group;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Coordinates nothing and remembers nothing; a test adds what it is about. */
class IdleCoordinator implements Coordinator {
    @Override
    public void showWallClock(long nowMs, long nowByWallMs) {}

    @Override
    public void replay(
            long logOffset,
            long producerId,
            short producerEpoch,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value) {}

    @Override
    public void applyTransactionEnd(long producerId, boolean commit) {}

    @Override
    public int size() {
        return 0;
    }

    @Override
    public void forEachKey(Consumer<String> action) {}

    @Override
    public Step onLoaded(long nowMs) {
        return Step.NOTHING;
    }

    @Override
    public Step onUnloaded(long nowMs) {
        return Step.NOTHING;
    }

    @Override
    public long nextDeadlineMs() {
        return Long.MAX_VALUE;
    }

    @Override
    public Step onTimeout(long nowMs) {
        return Step.NOTHING;
    }

    @Override
    public Step onDurable(long appendId, long baseOffset, long nowMs) {
        return Step.NOTHING;
    }

    @Override
    public Step onAppendFailed(long appendId, ErrorCode error, long nowMs) {
        return Step.NOTHING;
    }
}
