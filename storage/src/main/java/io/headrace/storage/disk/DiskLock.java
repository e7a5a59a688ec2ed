package io.headrace.storage.disk;

import java.io.IOException;

/** An exclusive hold on a file, kept until it is closed or the process ends. */
public interface DiskLock extends AutoCloseable {
    /** Lets go; closing twice is harmless. */
    @Override
    void close() throws IOException;
}
