package io.headrace.core.metadata;

import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads commands and whole images, for the log and its snapshots. Numbers are variable-length or big endian,
 * texts and lists carry their length, as in the protocol's flexible versions.
 *
 * <pre>
 * command:  kind (varint)  version (varint)  fields
 * </pre>
 *
 * <p>A change of a command's fields is a new version, which older code refuses rather than misreads. A command is written in
 * the oldest version that can say it.
 */
public final class MetadataCodec {
    private static final int SNAPSHOT_VERSION = 1;
    private static final int COMMAND_VERSION = 1;
    /** Of a broker that registers after an unclean shutdown. */
    private static final int UNCLEAN_REGISTRATION_VERSION = 2;

    private static final int CREATE_TOPIC = 1;
    private static final int DELETE_TOPIC = 2;
    private static final int CREATE_PARTITIONS = 3;
    private static final int ALTER_CONFIGS = 4;
    private static final int REGISTER_BROKER = 5;
    private static final int UNREGISTER_BROKER = 6;
    private static final int ALLOCATE_PRODUCER_IDS = 7;
    private static final int INITIALIZE_CLUSTER = 8;
    private static final int SET_FEATURE = 9;

    private MetadataCodec() {}

    /** What is read was written by a version that knows more than this one. */
    public static final class NewerVersionException extends RuntimeException {
        NewerVersionException(String message) {
            super(message);
        }
    }

    /** Writes a command. */
    public static void write(WireWriter out, MetadataCommand command) {
        if (command instanceof CreateTopic c) {
            begin(out, CREATE_TOPIC);
            writeText(out, c.name());
            out.writeUuid(c.id());
            out.writeVarint(c.partitionCount());
            out.writeVarint(c.replicationFactor());
            writeAssignments(out, c.assignments());
            writeMap(out, c.configs());
        } else if (command instanceof DeleteTopic c) {
            begin(out, DELETE_TOPIC);
            out.writeUuid(c.id());
        } else if (command instanceof CreatePartitions c) {
            begin(out, CREATE_PARTITIONS);
            writeText(out, c.topic());
            out.writeVarint(c.count());
            out.writeBoolean(c.assignments() != null);
            writeAssignments(out, c.assignments() == null ? List.of() : c.assignments());
        } else if (command instanceof AlterConfigs c) {
            begin(out, ALTER_CONFIGS);
            writeResource(out, c.resource());
            out.writeBoolean(c.replace());
            out.writeUnsignedVarint(c.changes().size());
            c.changes().forEach(change -> writeChange(out, change));
        } else if (command instanceof RegisterBroker c) {
            begin(out, REGISTER_BROKER, c.afterUncleanShutdown() ? UNCLEAN_REGISTRATION_VERSION : COMMAND_VERSION);
            out.writeVarint(c.id());
            out.writeUuid(c.incarnation());
            writeEndpoints(out, c.endpoints());
            out.writeNullableString(c.rack(), true);
        } else if (command instanceof UnregisterBroker c) {
            begin(out, UNREGISTER_BROKER);
            out.writeVarint(c.id());
        } else if (command instanceof AllocateProducerIds c) {
            begin(out, ALLOCATE_PRODUCER_IDS);
            out.writeVarint(c.brokerId());
        } else if (command instanceof InitializeCluster c) {
            begin(out, INITIALIZE_CLUSTER);
            writeText(out, c.clusterId());
        } else if (command instanceof SetFeature c) {
            begin(out, SET_FEATURE);
            writeText(out, c.name());
            out.writeVarint(c.level());
        } else {
            throw new IllegalStateException("No format for " + command.getClass());
        }
    }

    /**
     * Reads a command.
     *
     * @throws NewerVersionException when a newer version wrote it
     * @throws MalformedMessageException when it is damaged
     */
    public static MetadataCommand read(WireReader in) {
        int kind = in.readUnsignedVarint();
        int version = in.readUnsignedVarint();
        boolean known =
                version == COMMAND_VERSION || (kind == REGISTER_BROKER && version == UNCLEAN_REGISTRATION_VERSION);
        if (!known || kind > SET_FEATURE) {
            throw new NewerVersionException("The metadata has a command of kind " + kind + ", version " + version
                    + ", which this version does not know");
        }
        return switch (kind) {
            case CREATE_TOPIC ->
                new CreateTopic(
                        readText(in),
                        in.readUuid(),
                        in.readVarint(),
                        in.readVarint(),
                        readAssignments(in),
                        readMap(in));
            case DELETE_TOPIC -> new DeleteTopic(in.readUuid());
            case CREATE_PARTITIONS -> readCreatePartitions(in);
            case ALTER_CONFIGS -> readAlterConfigs(in);
            case REGISTER_BROKER ->
                new RegisterBroker(
                        in.readVarint(),
                        in.readUuid(),
                        readEndpoints(in),
                        in.readNullableString(true),
                        version == UNCLEAN_REGISTRATION_VERSION);
            case UNREGISTER_BROKER -> new UnregisterBroker(in.readVarint());
            case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIds(in.readVarint());
            case INITIALIZE_CLUSTER -> new InitializeCluster(readText(in));
            case SET_FEATURE -> new SetFeature(readText(in), (short) in.readVarint());
            default -> throw new MalformedMessageException("No metadata command is of kind " + kind);
        };
    }

    private static MetadataCommand readCreatePartitions(WireReader in) {
        String topic = readText(in);
        int count = in.readVarint();
        boolean assigned = in.readBoolean();
        List<List<Integer>> assignments = readAssignments(in);
        return new CreatePartitions(topic, count, assigned ? assignments : null);
    }

    private static MetadataCommand readAlterConfigs(WireReader in) {
        ConfigResource resource = readResource(in);
        boolean replace = in.readBoolean();
        int count = readCount(in);
        List<ConfigChange> changes = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            changes.add(readChange(in));
        }
        return new AlterConfigs(resource, replace, changes);
    }

    /** Writes a whole image. */
    public static void writeSnapshot(WireWriter out, MetadataImage image) {
        out.writeUnsignedVarint(SNAPSHOT_VERSION);
        out.writeVarlong(image.index());
        writeText(out, image.clusterId());
        out.writeVarlong(image.nextProducerId());
        out.writeUnsignedVarint(image.features().size());
        image.features().forEach((name, level) -> {
            writeText(out, name);
            out.writeVarint(level);
        });
        out.writeUnsignedVarint(image.brokers().size());
        image.brokers().forEach(broker -> writeBroker(out, broker));
        List<ConfigResource> resources = image.configuredResources();
        out.writeUnsignedVarint(resources.size());
        for (ConfigResource resource : resources) {
            writeResource(out, resource);
            writeMap(out, image.configs(resource));
        }
        out.writeUnsignedVarint(image.topicCount());
        image.forEachTopic(topic -> writeTopic(out, topic));
    }

    /**
     * Reads a whole image.
     *
     * @throws NewerVersionException when a newer version wrote it
     * @throws MalformedMessageException when it is damaged
     */
    public static MetadataImage readSnapshot(WireReader in) {
        int version = in.readUnsignedVarint();
        if (version != SNAPSHOT_VERSION) {
            throw new NewerVersionException(
                    "The metadata snapshot has version " + version + ", this version knows only " + SNAPSHOT_VERSION);
        }
        MetadataImage.Builder image = new MetadataImage.Builder();
        image.index = in.readVarlong();
        image.clusterId = readText(in);
        image.nextProducerId = in.readVarlong();
        for (int left = readCount(in); left > 0; left--) {
            image.putFeature(readText(in), (short) in.readVarint());
        }
        for (int left = readCount(in); left > 0; left--) {
            image.putBroker(readBroker(in));
        }
        for (int left = readCount(in); left > 0; left--) {
            image.putConfigs(readResource(in), readMap(in));
        }
        for (int left = readCount(in); left > 0; left--) {
            image.putTopic(readTopic(in));
        }
        return image.build();
    }

    private static void writeTopic(WireWriter out, TopicImage topic) {
        writeText(out, topic.name());
        out.writeUuid(topic.id());
        writeMap(out, topic.configs());
        List<PartitionImage> partitions = topic.partitions();
        out.writeUnsignedVarint(partitions.size());
        for (int start = 0; start < partitions.size(); ) {
            int end = start + 1;
            while (end < partitions.size() && partitions.get(end).equals(partitions.get(start))) {
                end++;
            }
            out.writeUnsignedVarint(end - start);
            writePartition(out, partitions.get(start));
            start = end;
        }
    }

    /** Partitions in the same state follow each other as one, with their number. */
    private static TopicImage readTopic(WireReader in) {
        String name = readText(in);
        String problem = TopicNames.problem(name);
        if (problem != null) {
            // Directories are named after it.
            throw new MalformedMessageException(problem);
        }
        UUID id = in.readUuid();
        Map<String, String> configs = readMap(in);
        int count = in.readUnsignedVarint();
        List<PartitionImage> partitions = new ArrayList<>();
        while (partitions.size() < count) {
            int same = in.readUnsignedVarint();
            if (same < 1 || same > count - partitions.size()) {
                throw new MalformedMessageException("Topic " + name + " has " + same + " equal partitions of " + count);
            }
            PartitionImage partition = readPartition(in);
            for (int index = 0; index < same; index++) {
                partitions.add(partition);
            }
        }
        return new TopicImage(id, name, partitions, configs);
    }

    private static void writePartition(WireWriter out, PartitionImage partition) {
        out.writeVarint(partition.leader());
        out.writeVarint(partition.leaderEpoch());
        out.writeVarint(partition.partitionEpoch());
        writeIds(out, partition.replicas());
        writeIds(out, partition.isr());
    }

    private static PartitionImage readPartition(WireReader in) {
        return new PartitionImage(in.readVarint(), in.readVarint(), in.readVarint(), readIds(in), readIds(in));
    }

    private static void writeBroker(WireWriter out, BrokerRegistration broker) {
        out.writeVarint(broker.id());
        out.writeVarlong(broker.epoch());
        out.writeUuid(broker.incarnation());
        writeEndpoints(out, broker.endpoints());
        out.writeNullableString(broker.rack(), true);
        out.writeBoolean(broker.fenced());
    }

    private static BrokerRegistration readBroker(WireReader in) {
        return new BrokerRegistration(
                in.readVarint(),
                in.readVarlong(),
                in.readUuid(),
                readEndpoints(in),
                in.readNullableString(true),
                in.readBoolean());
    }

    private static void writeEndpoints(WireWriter out, List<BrokerRegistration.Endpoint> endpoints) {
        out.writeUnsignedVarint(endpoints.size());
        for (BrokerRegistration.Endpoint endpoint : endpoints) {
            writeText(out, endpoint.listener());
            writeText(out, endpoint.host());
            out.writeUnsignedVarint(endpoint.port());
            out.writeShort(endpoint.securityProtocol());
        }
    }

    private static List<BrokerRegistration.Endpoint> readEndpoints(WireReader in) {
        List<BrokerRegistration.Endpoint> endpoints = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            endpoints.add(new BrokerRegistration.Endpoint(
                    readText(in), readText(in), in.readUnsignedVarint(), in.readShort()));
        }
        return endpoints;
    }

    private static void writeChange(WireWriter out, ConfigChange change) {
        writeText(out, change.key());
        out.writeByte(change.operation().code());
        writeNullableText(out, change.value());
        writeNullableText(out, change.inherited());
    }

    private static ConfigChange readChange(WireReader in) {
        String key = readText(in);
        byte code = in.readByte();
        ConfigChange.Operation operation = ConfigChange.Operation.forCode(code);
        if (operation == null) {
            throw new MalformedMessageException("No change of a configuration has the code " + code);
        }
        return new ConfigChange(key, operation, readNullableText(in), readNullableText(in));
    }

    private static void writeResource(WireWriter out, ConfigResource resource) {
        out.writeByte(resource.type().code());
        writeText(out, resource.name());
    }

    private static ConfigResource readResource(WireReader in) {
        byte code = in.readByte();
        ConfigResource.Type type = ConfigResource.Type.forCode(code);
        if (type == null) {
            throw new MalformedMessageException("Nothing that is configured has the code " + code);
        }
        return new ConfigResource(type, readText(in));
    }

    private static void writeAssignments(WireWriter out, List<List<Integer>> assignments) {
        out.writeUnsignedVarint(assignments.size());
        assignments.forEach(replicas -> writeIds(out, replicas));
    }

    private static List<List<Integer>> readAssignments(WireReader in) {
        List<List<Integer>> assignments = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            assignments.add(readIds(in));
        }
        return assignments;
    }

    private static void writeIds(WireWriter out, List<Integer> ids) {
        out.writeUnsignedVarint(ids.size());
        ids.forEach(out::writeVarint);
    }

    private static List<Integer> readIds(WireReader in) {
        List<Integer> ids = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            ids.add(in.readVarint());
        }
        return ids;
    }

    private static void writeMap(WireWriter out, Map<String, String> map) {
        out.writeUnsignedVarint(map.size());
        new TreeMap<>(map).forEach((key, value) -> {
            writeText(out, key);
            writeText(out, value);
        });
    }

    private static Map<String, String> readMap(WireReader in) {
        Map<String, String> map = new TreeMap<>();
        for (int left = readCount(in); left > 0; left--) {
            map.put(readText(in), readText(in));
        }
        return map;
    }

    private static void begin(WireWriter out, int kind) {
        begin(out, kind, COMMAND_VERSION);
    }

    private static void begin(WireWriter out, int kind, int version) {
        out.writeUnsignedVarint(kind);
        out.writeUnsignedVarint(version);
    }

    /** A number of elements of at least a byte each, so never more than there are bytes left. */
    private static int readCount(WireReader in) {
        int count = in.readUnsignedVarint();
        if (count < 0 || count > in.remaining()) {
            throw new MalformedMessageException("A list of " + count + " elements in " + in.remaining() + " bytes");
        }
        return count;
    }

    private static void writeText(WireWriter out, String text) {
        out.writeByteArray(text.getBytes(StandardCharsets.UTF_8), true);
    }

    private static String readText(WireReader in) {
        return new String(in.readByteArray(true), StandardCharsets.UTF_8);
    }

    private static void writeNullableText(WireWriter out, @Nullable String text) {
        out.writeNullableByteArray(text == null ? null : text.getBytes(StandardCharsets.UTF_8), true);
    }

    private static @Nullable String readNullableText(WireReader in) {
        byte[] bytes = in.readNullableByteArray(true);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
