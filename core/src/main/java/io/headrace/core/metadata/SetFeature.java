package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;

/**
 * Sets the level of a feature of the cluster (KIP-584).
 *
 * @param name the feature's name, such as transaction.version
 * @param level the level; 0 switches the feature off
 */
public record SetFeature(String name, short level) implements MetadataCommand {

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        if (level < 0) {
            return CommandResult.refused(
                    ErrorCode.INVALID_UPDATE_VERSION, "A feature's level cannot be " + level + ".");
        }
        changed.putFeature(name, level);
        return CommandResult.ok();
    }
}
