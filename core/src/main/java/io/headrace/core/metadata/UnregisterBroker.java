package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;

/**
 * Removes a broker from the cluster.
 *
 * @param id the broker's number
 */
public record UnregisterBroker(int id) implements MetadataCommand {

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        if (image.broker(id) == null) {
            return CommandResult.refused(ErrorCode.BROKER_ID_NOT_REGISTERED, "There is no broker " + id + ".");
        }
        changed.removeBroker(id);
        return CommandResult.ok();
    }
}
