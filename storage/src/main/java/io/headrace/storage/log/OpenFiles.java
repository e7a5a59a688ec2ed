package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the files of many logs open that were used lately, up to a limit. Files in use beyond the limit stay open until
 * their users let go.
 *
 * <p>Which file goes first is decided by second chance: one used since it was last looked at is passed over once. So a
 * reader that finds its file open takes no lock. Safe for use by many threads.
 */
public final class OpenFiles {
    private final Disk disk;
    private final int filesMax;
    private final IndexRebuilds rebuilds = new IndexRebuilds();
    /** Every file that is open on behalf of this cache, and some that are not any more. */
    private final ArrayDeque<LazyFile> files = new ArrayDeque<>();

    /** @param filesMax how many files are kept open when nobody uses them */
    public OpenFiles(Disk disk, int filesMax) {
        if (filesMax < 1) {
            throw new IllegalArgumentException("filesMax is " + filesMax + ", expected at least 1");
        }
        this.disk = disk;
        this.filesMax = filesMax;
    }

    Disk disk() {
        return disk;
    }

    /** How often indexes of these logs had to be made anew. */
    public IndexRebuilds rebuilds() {
        return rebuilds;
    }

    /** A file was opened; others may have to go. Called without holding the file's lock. */
    void admit(LazyFile opened) {
        synchronized (files) {
            files.add(opened);
        }
        for (LazyFile victim = victim(); victim != null; victim = victim()) {
            victim.evict();
        }
    }

    private @Nullable LazyFile victim() {
        synchronized (files) {
            int lookedAt = 0;
            while (files.size() > filesMax) {
                LazyFile eldest = files.remove();
                if (lookedAt++ < files.size() && eldest.takeUsedRecently()) {
                    files.add(eldest);
                } else if (eldest.isOpen()) {
                    return eldest;
                }
            }
            return null;
        }
    }
}
