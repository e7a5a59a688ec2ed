package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;

/**
 * Gives a broker a block of producer ids that nobody else ever gets. Its result is the first id of the block.
 *
 * @param brokerId the broker that asks
 */
public record AllocateProducerIds(int brokerId) implements MetadataCommand {
    /** The number of ids in a block. */
    public static final int BLOCK_SIZE = 1000;

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        if (image.broker(brokerId) == null) {
            return CommandResult.refused(ErrorCode.BROKER_ID_NOT_REGISTERED, "There is no broker " + brokerId + ".");
        }
        long first = image.nextProducerId();
        if (first > Long.MAX_VALUE - BLOCK_SIZE) {
            return CommandResult.refused(ErrorCode.UNKNOWN_SERVER_ERROR, "All producer ids have been given out.");
        }
        changed.nextProducerId = first + BLOCK_SIZE;
        return CommandResult.ok(first);
    }
}
