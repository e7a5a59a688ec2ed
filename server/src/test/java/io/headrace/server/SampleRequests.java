package io.headrace.server;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.Payload;
import io.headrace.protocol.wire.WireWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Valid requests of any API and version, filled with values that reach deep into the handlers: the topic exists, names and
 * sizes are plausible. Nothing waits and nothing large is created.
 */
final class SampleRequests {
    private final RandomGenerator random;
    private final String topic;
    private final UUID topicId;
    /** One field in so many has a value that nobody would send in earnest; 0 for none. */
    private int hostileOneIn;

    SampleRequests(RandomGenerator random, String topic, UUID topicId) {
        this.random = random;
        this.topic = topic;
        this.topicId = topicId;
    }

    /** A request in which every field that the version knows has a value of its own. */
    ApiMessage request(ApiKey key, short version) {
        try {
            String className = ApiMessage.class.getPackageName() + "." + key.apiName() + "Request";
            return (ApiMessage) fill(Class.forName(className), version);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** A request that is encoded as it should be, but says things such as a negative partition or an endless timeout. */
    ApiMessage hostileRequest(ApiKey key, short version) {
        hostileOneIn = 2 + random.nextInt(6);
        try {
            return request(key, version);
        } finally {
            hostileOneIn = 0;
        }
    }

    ByteBuffer batch(Compression compression) {
        long now = System.currentTimeMillis();
        RecordBatchBuilder builder = new RecordBatchBuilder().compression(compression);
        if (random.nextInt(4) == 0) {
            builder.producer(random.nextInt(100), (short) 0, 0);
        }
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            builder.append(now, new byte[] {'k'}, new byte[random.nextInt(40)]);
        }
        return builder.build();
    }

    private Object fill(Class<?> type, short version) throws ReflectiveOperationException {
        Object target = type.getConstructor().newInstance();
        Method[] methods = type.getMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method setter : methods) {
            if (setter.getDeclaringClass() != type
                    || !setter.getName().startsWith("set")
                    || setter.getParameterCount() != 1
                    || setter.getName().equals("setUnknownTaggedFields")) {
                continue;
            }
            String name = setter.getName().substring(3, 4).toLowerCase(Locale.ROOT)
                    + setter.getName().substring(4);
            Method getter = type.getMethod(name);
            Object before = getter.invoke(target);
            Object value = value(type.getSimpleName(), name, setter.getGenericParameterTypes()[0], before, version);
            setter.invoke(target, value);
            if (!isWritable(target, version)) {
                setter.invoke(target, before); // the version does not know the field
            }
        }
        return target;
    }

    private static boolean isWritable(Object message, short version) throws ReflectiveOperationException {
        Method write = message.getClass().getDeclaredMethod("write", WireWriter.class, short.class);
        write.setAccessible(true);
        try {
            write.invoke(message, new WireWriter(), version);
            return true;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof MalformedMessageException || e.getCause() instanceof NullPointerException) {
                return false;
            }
            throw e;
        }
    }

    private @Nullable Object value(String owner, String name, Type type, @Nullable Object initial, short version)
            throws ReflectiveOperationException {
        if (hostileOneIn > 0 && random.nextInt(hostileOneIn) == 0) {
            return hostileValue(owner, name, type, initial, version);
        }
        if (type instanceof ParameterizedType list) {
            Type element = list.getActualTypeArguments()[0];
            List<Object> values = new ArrayList<>();
            if (name.equals("assignments") && owner.startsWith("Creat")) {
                return owner.equals("CreatePartitionsTopic") ? null : values;
            }
            Object first = value(owner, name, element, null, version);
            if (first != null) {
                values.add(first);
            }
            return values;
        }
        if (type == String.class) {
            return text(owner, name, initial);
        }
        if (type == int.class || type == Integer.class) {
            return number(owner, name, initial);
        }
        if (type == UUID.class) {
            return owner.startsWith("DeleteTopic") ? new UUID(random.nextLong(), random.nextLong()) : topicId;
        }
        if (type == Payload.class) {
            return new BufferPayload(batch(List.of(Compression.values()).get(random.nextInt(4))));
        }
        if (type == byte[].class) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            return bytes;
        }
        if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(new byte[] {1, 2, 3});
        }
        if (type == boolean.class) {
            return name.equals("validateOnly") || random.nextBoolean();
        }
        if (type == short.class) {
            return name.equals("acks")
                    ? Short.valueOf((short) (random.nextInt(8) == 0 ? 0 : -1))
                    : name.equals("replicationFactor") ? Short.valueOf((short) 1) : initial;
        }
        if (type == byte.class || type == Byte.class) {
            return name.equals("resourceType") ? Byte.valueOf((byte) 2) : Byte.valueOf((byte) 0);
        }
        if (type == long.class || type == Long.class) {
            return name.contains("Offset") || name.equals("offset") ? Long.valueOf(0) : initial;
        }
        if (type instanceof Class<?> struct && struct.getEnclosingClass() != null) {
            return fill(struct, version);
        }
        return initial;
    }

    private @Nullable Object hostileValue(String owner, String name, Type type, @Nullable Object initial, short version)
            throws ReflectiveOperationException {
        int choice = random.nextInt(6);
        if (type instanceof ParameterizedType list) {
            List<Object> values = new ArrayList<>();
            int count = choice == 0 ? 0 : choice == 1 ? 40 : 3;
            Object same = value(owner, name, list.getActualTypeArguments()[0], null, version);
            for (int i = 0; i < count && same != null; i++) {
                Object element = random.nextBoolean()
                        ? same
                        : value(owner, name, list.getActualTypeArguments()[0], null, version);
                values.add(element == null ? same : element);
            }
            return choice == 5 ? null : values;
        }
        if (type == String.class) {
            String[] texts = {"", "\0\n", "../../x", "x".repeat(20_000), "__consumer_offsets", null};
            return texts[choice];
        }
        long[] numbers = {Long.MIN_VALUE, Long.MAX_VALUE, -1, -2, 1, random.nextLong()};
        long number = numbers[choice];
        boolean low = number == Long.MIN_VALUE;
        boolean high = number == Long.MAX_VALUE;
        if (type == int.class || type == Integer.class) {
            return low ? Integer.MIN_VALUE : high ? Integer.MAX_VALUE : (int) number;
        }
        if (type == short.class || type == Short.class) {
            return low ? Short.MIN_VALUE : high ? Short.MAX_VALUE : (short) number;
        }
        if (type == byte.class || type == Byte.class) {
            return low ? Byte.MIN_VALUE : high ? Byte.MAX_VALUE : (byte) number;
        }
        if (type == long.class || type == Long.class) {
            return number;
        }
        if (type == UUID.class) {
            return choice < 3 ? new UUID(0, 0) : new UUID(number, number);
        }
        if (type == byte[].class) {
            return choice == 5 ? null : new byte[choice * choice * 100];
        }
        if (type == Payload.class && choice == 5) {
            return null;
        }
        return initial;
    }

    private @Nullable Object text(String owner, String name, @Nullable Object initial) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("group")) {
            return "group-" + random.nextInt(3);
        }
        if (lower.contains("transactional") || lower.equals("groupinstanceid")) {
            return initial;
        }
        if (lower.startsWith("clientsoftware")) {
            return "fuzz-1.0";
        }
        if (owner.contains("Config") && lower.equals("name")) {
            return "retention.ms";
        }
        if (owner.contains("Config") && lower.equals("value")) {
            return "60000";
        }
        if (owner.startsWith("CreatableTopic") || owner.startsWith("DeleteTopic")) {
            return "other-" + random.nextInt(100);
        }
        return switch (lower) {
            case "name", "topic", "topicname", "resourcename", "topicnames" -> topic;
            case "memberid" -> random.nextBoolean() ? "" : "member-1";
            case "protocoltype" -> "consumer";
            case "protocolname" -> "range";
            case "configurationkeys" -> "retention.ms";
            case "statesfilter" -> "Stable";
            case "typesfilter" -> "classic";
            default -> "text";
        };
    }

    private @Nullable Object number(String owner, String name, @Nullable Object initial) {
        if (name.endsWith("TimeoutMs")) {
            return 10_000;
        }
        return switch (name) {
            case "maxWaitMs", "replicaId", "brokerId", "minBytes" ->
                name.equals("replicaId") ? initial : Integer.valueOf(0);
            case "maxBytes", "partitionMaxBytes" -> 1 << 16;
            case "numPartitions" -> 1;
            case "count" -> owner.startsWith("CreatePartitions") ? Integer.valueOf(2) : initial;
            case "responsePartitionLimit" -> 100;
            case "sessionEpoch" -> random.nextInt(2) - 1;
            default ->
                initial == null || name.toLowerCase(Locale.ROOT).contains("partition") ? Integer.valueOf(0) : initial;
        };
    }
}
