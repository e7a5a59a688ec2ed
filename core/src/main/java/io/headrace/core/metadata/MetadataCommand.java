package io.headrace.core.metadata;

/**
 * A change of the metadata that somebody asked for. It is checked when it is applied, so that every replica of the
 * metadata log comes to the same decision. What is random or depends on one broker's settings is fixed in the command
 * before it enters the log.
 */
public sealed interface MetadataCommand
        permits AllocateProducerIds,
                AlterConfigs,
                CreatePartitions,
                CreateTopic,
                DeleteTopic,
                InitializeCluster,
                RegisterBroker,
                SetFeature,
                UnregisterBroker {

    /**
     * Carries this command out on a copy of the image, or says why not. When it says why not, the copy is thrown away.
     */
    CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed);
}
