package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.List;

/**
 * The log of commands that the cluster's metadata is made of. Whoever wants a change proposes commands; everyone applies
 * the committed ones in the same order. Any thread may call.
 */
public interface MetadataLog {

    /** Learns what became of commands that were proposed. Called on the log's own thread; must not block. */
    interface Proposal {
        /**
         * The commands are committed, durable, and applied: {@link MetadataLog#image()} shows them.
         *
         * @param results one answer for each command, in order
         * @param image the image after the last of them
         */
        void committed(List<CommandResult> results, MetadataImage image);

        /**
         * The commands may or may not ever be committed.
         *
         * @param error NOT_CONTROLLER, REQUEST_TIMED_OUT or another code that tells a client whether to try again
         * @param message what happened
         */
        void failed(ErrorCode error, String message);
    }

    /** Learns of every change, in order. Called on the log's own thread, before proposals are answered; must not block. */
    interface Listener {
        /**
         * The metadata changed. After a snapshot was loaded, the two images may lie any number of commands apart.
         *
         * @param before the image so far
         * @param after the image now
         */
        void changed(MetadataImage before, MetadataImage after);
    }

    /**
     * Proposes commands. They are committed one after another without others between them, but each is carried out or
     * refused on its own.
     */
    void propose(List<MetadataCommand> commands, Proposal proposal);

    /** The metadata as far as it is committed, durable and known here. */
    MetadataImage image();

    /** Adds a listener, which is told of every change that comes after this call. */
    void addListener(Listener listener);
}
