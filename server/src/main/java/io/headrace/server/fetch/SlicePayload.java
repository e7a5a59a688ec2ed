package io.headrace.server.fetch;

import io.headrace.network.server.FilePayload;
import io.headrace.storage.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** A stretch of a segment file on its way to a client, without passing through the heap. */
final class SlicePayload implements FilePayload {
    private final FileSlice slice;

    SlicePayload(FileSlice slice) {
        this.slice = slice;
    }

    @Override
    public @Nullable FileChannel channel() {
        return slice.file().channel();
    }

    @Override
    public long position() {
        return slice.position();
    }

    @Override
    public int sizeBytes() {
        return slice.sizeBytes();
    }

    @Override
    public long transferTo(WritableByteChannel target, long offset, long countMax) throws IOException {
        long count = Math.min(countMax, slice.sizeBytes() - offset);
        return slice.file().transferTo(slice.position() + offset, count, target);
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
        int left = (int) Math.min(target.remaining(), slice.sizeBytes() - offset);
        ByteBuffer bounded = target.slice(target.position(), left);
        int count = slice.file().read(bounded, slice.position() + offset);
        if (count > 0) {
            target.position(target.position() + count);
        }
        return count;
    }

    @Override
    public void release() {
        slice.release();
    }
}
