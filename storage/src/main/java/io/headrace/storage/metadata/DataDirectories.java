package io.headrace.storage.metadata;

import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.UuidText;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes sure that data directories belong to this node of this cluster before anything in them is touched. */
public final class DataDirectories {
    /** What Kafka keeps its metadata in, where it keeps it in the data directory. */
    private static final List<String> KAFKAS_METADATA = List.of(TopicNames.METADATA_LOG + "-0", "bootstrap.checkpoint");

    private static final String PARTITION_METADATA = "partition.metadata";

    private DataDirectories() {}

    /**
     * Makes sure that a directory holds nothing that only somebody else's metadata accounts for, as Kafka's data directory
     * does: a start would take its partitions for left-overs of deleted topics. Only reads.
     *
     * @param metadata where this broker's metadata log is, or will be
     * @throws IOException naming the directory and what was found in it
     */
    public static void refuseForeignData(Disk disk, Path directory, Path metadata) throws IOException {
        if (MetadataDirectory.isBegun(disk, metadata)) {
            return;
        }
        for (String name : KAFKAS_METADATA) {
            if (disk.exists(directory.resolve(name))) {
                throw new IOException(directory + " is a data directory of Kafka: it has " + name
                        + ", which Headrace does not read. Nothing was changed; name another directory");
            }
        }
        for (String name : disk.list(directory)) {
            if (disk.exists(directory.resolve(name).resolve(PARTITION_METADATA))) {
                throw new IOException(directory + " has the partition " + name
                        + ", but no metadata that knows its topic in " + metadata
                        + ". Nothing was changed; name another directory");
            }
        }
    }

    /**
     * What the directories say of themselves. Empty ones are given to the cluster of the others, else to the wanted one, else
     * to a new one, durably. There must be no two brokers in a directory; the caller holds its lock.
     *
     * @param directories where they are; each exists
     * @param nodeId this node
     * @param wantedClusterId the cluster that a setting asks for; null for whichever it is
     * @param random gives 64 random bits a time
     * @return one for each directory, in order, all of one cluster and this node
     * @throws IOException naming the directory that belongs to another node or cluster
     */
    public static List<MetaProperties> claim(
            Disk disk, List<Path> directories, int nodeId, @Nullable String wantedClusterId, LongSupplier random)
            throws IOException {
        List<@Nullable MetaProperties> found = new ArrayList<>();
        String clusterId = wantedClusterId;
        for (Path directory : directories) {
            MetaProperties properties = MetaProperties.read(disk, directory, UuidText.random(random));
            found.add(properties);
            if (properties != null) {
                check(directory, properties, nodeId, clusterId);
                clusterId = properties.clusterId();
            }
        }
        String cluster = clusterId == null ? UuidText.encode(UuidText.random(random)) : clusterId;
        List<MetaProperties> claimed = new ArrayList<>();
        for (int index = 0; index < directories.size(); index++) {
            MetaProperties properties = found.get(index);
            if (properties == null) {
                properties = new MetaProperties(cluster, nodeId, UuidText.random(random));
                properties.write(disk, directories.get(index));
            }
            claimed.add(properties);
        }
        return claimed;
    }

    private static void check(Path directory, MetaProperties found, int nodeId, @Nullable String clusterId)
            throws IOException {
        if (found.nodeId() != nodeId) {
            throw new IOException(directory + " belongs to node " + found.nodeId() + ", but node.id is " + nodeId);
        }
        if (clusterId != null && !clusterId.equals(found.clusterId())) {
            throw new IOException(directory + " belongs to cluster " + found.clusterId() + ", but cluster " + clusterId
                    + " is wanted");
        }
    }
}
