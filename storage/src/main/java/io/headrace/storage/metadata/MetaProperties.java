package io.headrace.storage.metadata;

import io.headrace.protocol.UuidText;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a data directory says of itself, in the file {@code meta.properties} as Kafka writes it (KIP-631, KIP-858).
 *
 * @param clusterId the cluster whose data is here
 * @param nodeId the node whose data is here
 * @param directoryId tells this directory from every other
 */
public record MetaProperties(String clusterId, int nodeId, UUID directoryId) {
    /** The file's name. */
    public static final String FILE_NAME = "meta.properties";

    private static final int SIZE_BYTES_MAX = 64 * 1024;
    private static final String VERSION = "1";

    /**
     * Reads what a directory says of itself.
     *
     * @param newDirectoryId the id of a directory to which Kafka never gave one
     * @return null when it says nothing
     * @throws IOException when what it says cannot be understood
     */
    public static @Nullable MetaProperties read(Disk disk, Path directory, UUID newDirectoryId) throws IOException {
        Path path = directory.resolve(FILE_NAME);
        ByteBuffer bytes = AtomicFile.read(disk, path, SIZE_BYTES_MAX);
        if (bytes == null) {
            return null;
        }
        Properties properties = new Properties();
        try {
            properties.load(
                    new StringReader(StandardCharsets.UTF_8.decode(bytes).toString()));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is damaged: " + e.getMessage(), e);
        }
        String version = properties.getProperty("version", "0").trim();
        if (!version.equals(VERSION)) {
            throw new IOException(path + " has version " + version + ", only version " + VERSION + " can be used");
        }
        String directoryText = properties.getProperty("directory.id");
        UUID directoryId = directoryText == null ? newDirectoryId : UuidText.decode(directoryText.trim());
        if (directoryId == null) {
            throw new IOException(path + " has the directory.id " + directoryText + ", which is none");
        }
        return new MetaProperties(
                required(path, properties, "cluster.id"),
                number(path, required(path, properties, "node.id")),
                directoryId);
    }

    private static String required(Path path, Properties properties, String key) throws IOException {
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new IOException(path + " lacks " + key);
        }
        return value.trim();
    }

    private static int number(Path path, String text) throws IOException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IOException(path + " has the node.id " + text + ", which is no number", e);
        }
    }

    /** Writes this to a directory, durably. */
    public void write(Disk disk, Path directory) throws IOException {
        String text = "version=" + VERSION + "\ncluster.id=" + clusterId + "\nnode.id=" + nodeId + "\ndirectory.id="
                + UuidText.encode(directoryId) + "\n";
        AtomicFile.replace(disk, directory.resolve(FILE_NAME), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}
