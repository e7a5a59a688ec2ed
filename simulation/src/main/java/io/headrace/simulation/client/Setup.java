package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** Creates the topics of a simulation, then goes on to create and delete others and to see that what was acknowledged holds. */
public final class Setup extends SimulatedClient {
    private static final int SCRATCH_TOPICS_MAX = 30;
    /** What one transaction copies to a partition is one batch, and a batch larger than a segment is refused. */
    private static final int COPIED_BYTES_MAX = 20_000;

    /** What is known of a topic that comes and goes. */
    private enum Fate {
        PRESENT,
        ABSENT,
        UNKNOWN
    }

    private final Map<String, Integer> wanted;
    private final Map<String, String> configs;
    private final Map<String, String> keyedConfigs;
    private final Map<String, Fate> scratch = new LinkedHashMap<>();
    private int scratchNumber;
    private boolean changing;

    /**
     * @param wanted the partitions of each topic
     * @param configs the configuration of each
     * @param keyedConfigs what is different in that of compacted ones
     */
    public Setup(
            World world,
            SplittableRandom random,
            Map<String, Integer> wanted,
            Map<String, String> configs,
            Map<String, String> keyedConfigs) {
        super(world, random, "setup");
        this.wanted = wanted;
        this.configs = configs;
        this.keyedConfigs = keyedConfigs;
    }

    @Override
    void onConnected() {
        if (isReady()) {
            look();
        } else {
            create();
        }
    }

    /** Whether all topics are there. */
    public boolean isReady() {
        return wanted.keySet().stream()
                .noneMatch(topic -> world.topics.of(topic).isEmpty());
    }

    private void create() {
        CreateTopicsRequest request = new CreateTopicsRequest().setTimeoutMs(10_000);
        wanted.forEach((topic, count) -> {
            if (world.topics.of(topic).isEmpty()) {
                request.topics().add(topic(topic, count));
            }
        });
        call(ApiKey.CREATE_TOPICS, request, CreateTopicsResponse.class, response -> {
            for (CreateTopicsResponse.CreatableTopicResult result : response.topics()) {
                if (error(result.errorCode()) == ErrorCode.NONE) {
                    add(result.name(), result.topicId(), result.numPartitions());
                } else if (error(result.errorCode()) == ErrorCode.TOPIC_ALREADY_EXISTS) {
                    learn();
                }
            }
            later(50_000, this::onConnected);
        });
    }

    private void add(String topic, UUID id, int partitionCount) {
        world.topics.add(topic, id, partitionCount);
        if (Topics.isCompacted(topic)) {
            world.machine.probe().isCompacted(id);
        }
    }

    private CreateTopicsRequest.CreatableTopic topic(String name, int count) {
        CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic()
                .setName(name)
                .setNumPartitions(count)
                .setReplicationFactor((short) 1);
        Map<String, String> all = new LinkedHashMap<>(configs);
        if (Topics.isCompacted(name)) {
            all.putAll(keyedConfigs);
        }
        if (name.equals(Topics.COPIES)) {
            all.put("internal.segment.bytes", String.valueOf(COPIED_BYTES_MAX));
        }
        all.forEach((key, value) -> topic.configs()
                .add(new CreateTopicsRequest.CreatableTopicConfig().setName(key).setValue(value)));
        return topic;
    }

    /** An earlier request got through, but its answer did not. */
    private void learn() {
        call(ApiKey.METADATA, new MetadataRequest().setTopics(null), MetadataResponse.class, response -> {
            for (MetadataResponse.MetadataResponseTopic topic : response.topics()) {
                String topicName = String.valueOf(topic.name());
                if (wanted.containsKey(topicName) && world.topics.of(topicName).isEmpty()) {
                    add(topicName, topic.topicId(), topic.partitions().size());
                }
            }
        });
    }

    private void look() {
        List<String> present = scratch.entrySet().stream()
                .filter(entry -> entry.getValue() == Fate.PRESENT)
                .map(Map.Entry::getKey)
                .toList();
        call(ApiKey.METADATA, new MetadataRequest().setTopics(null), MetadataResponse.class, response -> {
            List<String> found = new ArrayList<>();
            response.topics().forEach(topic -> found.add(String.valueOf(topic.name())));
            for (String topic : wanted.keySet()) {
                if (!found.contains(topic)) {
                    world.trace.violation("B17: topic " + topic + " is gone");
                }
            }
            for (String topic : present) {
                if (!found.contains(topic)) {
                    world.trace.violation("B17: topic " + topic + " is gone, though its creation was acknowledged");
                }
            }
            for (String topic : found) {
                if (scratch.get(topic) == Fate.ABSENT) {
                    world.trace.violation("B17: topic " + topic + " is back, though its deletion was acknowledged");
                }
            }
            later(random.nextLong(100_000, 1_000_000), this::change);
        });
    }

    private void change() {
        List<String> present = scratch.entrySet().stream()
                .filter(entry -> entry.getValue() == Fate.PRESENT)
                .map(Map.Entry::getKey)
                .toList();
        if (!present.isEmpty() && random.nextBoolean()) {
            delete(present.get(random.nextInt(present.size())));
        } else if (scratchNumber < SCRATCH_TOPICS_MAX) {
            createScratch("scratch-" + scratchNumber++);
        } else {
            look();
        }
    }

    private void createScratch(String topic) {
        changing = true;
        scratch.put(topic, Fate.UNKNOWN);
        CreateTopicsRequest request = new CreateTopicsRequest().setTimeoutMs(10_000);
        request.topics().add(topic(topic, 1));
        call(ApiKey.CREATE_TOPICS, request, CreateTopicsResponse.class, response -> {
            changing = false;
            if (error(response.topics().get(0).errorCode()) == ErrorCode.NONE) {
                scratch.put(topic, Fate.PRESENT);
            }
            later(random.nextLong(1_000, 300_000), this::look);
        });
    }

    private void delete(String topic) {
        changing = true;
        scratch.put(topic, Fate.UNKNOWN);
        DeleteTopicsRequest request = new DeleteTopicsRequest().setTimeoutMs(10_000);
        request.topics().add(new DeleteTopicsRequest.DeleteTopicState().setName(topic));
        call(ApiKey.DELETE_TOPICS, request, DeleteTopicsResponse.class, response -> {
            changing = false;
            if (error(response.responses().get(0).errorCode()) == ErrorCode.NONE) {
                scratch.put(topic, Fate.ABSENT);
                world.count("topics deleted");
            }
            later(random.nextLong(1_000, 300_000), this::look);
        });
    }

    @Override
    void onDisconnected() {
        if (changing) {
            changing = false;
            world.count("changes of metadata with unknown end");
        }
    }
}
