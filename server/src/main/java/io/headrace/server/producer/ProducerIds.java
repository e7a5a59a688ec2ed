package io.headrace.server.producer;

import io.headrace.core.metadata.AllocateProducerIds;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Gives out producer ids from blocks that the cluster's metadata hands to this broker, so that no id is ever given twice.
 * The rest of a block is lost with the process, which does no harm: there are 2^63 ids.
 *
 * <p>Any thread; requests that find the block used up wait for the next one.
 */
public final class ProducerIds {
    private static final int WAITING_MAX = 10_000;

    private final int nodeId;
    private final MetadataLog metadata;
    // Guarded by this.
    private long next;
    private long end;
    private boolean asking;
    private final Queue<Receiver> waiting = new ArrayDeque<>();

    /** Gets an id, or an error and -1. On any thread; must be quick. */
    @FunctionalInterface
    public interface Receiver {
        void onProducerId(ErrorCode error, long producerId);
    }

    public ProducerIds(int nodeId, MetadataLog metadata) {
        this.nodeId = nodeId;
        this.metadata = metadata;
    }

    /** Asks for an id that was never given out. */
    public void allocate(Receiver receiver) {
        long id;
        boolean ask = false;
        synchronized (this) {
            if (next < end) {
                id = next++;
            } else if (waiting.size() >= WAITING_MAX) {
                id = -1;
            } else {
                waiting.add(receiver);
                ask = !asking;
                asking = true;
                if (!ask) {
                    return;
                }
                id = -1;
            }
        }
        if (ask) {
            askForBlock();
        } else {
            receiver.onProducerId(id < 0 ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE, id);
        }
    }

    private void askForBlock() {
        metadata.propose(List.of(new AllocateProducerIds(nodeId)), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage image) {
                onBlock(results.get(0));
            }

            @Override
            public void failed(ErrorCode error, String message) {
                answerAll(error);
            }
        });
    }

    private void onBlock(CommandResult result) {
        if (!result.isOk()) {
            answerAll(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
            return;
        }
        List<Receiver> served = new ArrayList<>();
        long first = result.value();
        boolean more;
        synchronized (this) {
            next = first;
            end = first + AllocateProducerIds.BLOCK_SIZE;
            while (next < end && !waiting.isEmpty()) {
                served.add(waiting.remove());
                next++;
            }
            more = !waiting.isEmpty();
            asking = more;
        }
        for (int i = 0; i < served.size(); i++) {
            served.get(i).onProducerId(ErrorCode.NONE, first + i);
        }
        if (more) {
            askForBlock();
        }
    }

    private void answerAll(ErrorCode error) {
        List<Receiver> refused;
        synchronized (this) {
            refused = new ArrayList<>(waiting);
            waiting.clear();
            asking = false;
        }
        refused.forEach(receiver -> receiver.onProducerId(error, -1));
    }
}
