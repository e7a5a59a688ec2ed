package io.headrace.storage.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The file system (ENOSPC) or the user's quota (EDQUOT) has no room for what was to be written or created.
 *
 * <p>Part of the bytes may have reached the file. Unlike other failures this one passes once there is space. A
 * {@link DiskFile#sync} never throws it: after a failed sync nothing is known of the file, whatever the reason.
 */
public final class DiskFullException extends IOException {
    public DiskFullException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
