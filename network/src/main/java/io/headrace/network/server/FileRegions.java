package io.headrace.network.server;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** Netty's view of {@link FilePayload}. Both kinds leave the file open and give the payload back. */
final class FileRegions {
    private FileRegions() {}

    static FileRegion of(FilePayload payload) {
        FileChannel channel = payload.channel();
        return channel != null ? new SendFileRegion(channel, payload) : new TransferRegion(payload);
    }

    /** Known to Netty's epoll transport by its superclass, and sent with {@code sendfile}. */
    private static final class SendFileRegion extends DefaultFileRegion {
        private final FilePayload payload;

        SendFileRegion(FileChannel channel, FilePayload payload) {
            super(channel, payload.position(), payload.sizeBytes());
            this.payload = payload;
        }

        @Override
        protected void deallocate() {
            payload.release();
        }
    }

    /** For files that only exist behind an interface. */
    private static final class TransferRegion extends AbstractReferenceCounted implements FileRegion {
        private final FilePayload payload;
        private long transferred;

        TransferRegion(FilePayload payload) {
            this.payload = payload;
        }

        @Override
        public long position() {
            return payload.position();
        }

        @Override
        @Deprecated
        public long transfered() {
            return transferred;
        }

        @Override
        public long transferred() {
            return transferred;
        }

        @Override
        public long count() {
            return payload.sizeBytes();
        }

        @Override
        public long transferTo(WritableByteChannel target, long position) throws IOException {
            long sent = payload.transferTo(target, position, count() - position);
            transferred += sent;
            return sent;
        }

        @Override
        protected void deallocate() {
            payload.release();
        }

        @Override
        public FileRegion retain() {
            super.retain();
            return this;
        }

        @Override
        public FileRegion retain(int increment) {
            super.retain(increment);
            return this;
        }

        @Override
        public FileRegion touch() {
            return this;
        }

        @Override
        public FileRegion touch(Object hint) {
            return this;
        }
    }
}
