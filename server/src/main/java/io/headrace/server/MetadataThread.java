package io.headrace.server;

import io.headrace.storage.metadata.LocalMetadataLog;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Semaphore;

/** The thread {@code metadata} that carries out changes of the metadata on a single node. */
final class MetadataThread {
    private static final Logger LOG = System.getLogger(MetadataThread.class.getName());

    private final LocalMetadataLog log;
    private final Semaphore work;
    private final Runnable onFailure;
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * @param work released by whoever proposes something
     * @param onFailure run when the disk fails, after which the metadata cannot change any more
     */
    MetadataThread(LocalMetadataLog log, Semaphore work, Runnable onFailure) {
        this.log = log;
        this.work = work;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, "metadata");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                work.acquire();
                work.drainPermits();
                boolean more = true;
                while (more) {
                    more = log.runOnce();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The metadata log broke; the broker stops", e);
            onFailure.run();
        }
    }

    void stop() throws InterruptedException {
        stopping = true;
        work.release();
        thread.join();
    }
}
