package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;

/**
 * Gives a new cluster its id. The first command of every metadata log.
 *
 * @param clusterId the id, 22 characters of URL-safe base64 as Kafka writes it
 */
public record InitializeCluster(String clusterId) implements MetadataCommand {

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        if (!image.clusterId().isEmpty()) {
            return CommandResult.refused(
                    ErrorCode.INCONSISTENT_CLUSTER_ID, "The cluster already has the id " + image.clusterId() + ".");
        }
        changed.clusterId = clusterId;
        return CommandResult.ok();
    }
}
