package io.headrace.protocol.message;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Fills Kafka's generated classes with random values.
 *
 * <p>What may be set, and what may be null, comes from Kafka's own schema of the version.
 */
final class KafkaValues {
    private static final int ELEMENT_COUNT_MAX = 3;

    /** Also not in another version: a tag of another version is an error and not an unknown field. */
    private static final int TAG_NOWHERE_IN_USE = 50;

    private static final String[] TEXT = {"a", "Z", "0", "-", "_", ".", " ", "é", "ß", "€", "中", "\u0000", "𝄞", "😀"};

    /** Looking them up takes longer than all the rest of a round. */
    private static final Map<Class<?>, Map<String, Field>> FIELDS = new ConcurrentHashMap<>();

    private final Random random;

    KafkaValues(Random random) {
        this.random = random;
    }

    /** Sets a random choice of the fields that the schema has to random values. */
    <T> T fill(T target, Schema schema) {
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                fillTagged(target, tagged);
            } else if (random.nextInt(8) != 0 || hasNoDefault(bound.def.type)) {
                fillField(target, bound.def);
            }
        }
        return target;
    }

    /** Kafka starts records with null even where the schema has no null. */
    private static boolean hasNoDefault(org.apache.kafka.common.protocol.types.Type type) {
        return type == org.apache.kafka.common.protocol.types.Type.RECORDS
                || type == org.apache.kafka.common.protocol.types.Type.COMPACT_RECORDS;
    }

    private void fillTagged(Object target, TaggedFields tagged) {
        for (org.apache.kafka.common.protocol.types.Field field :
                tagged.fields().values()) {
            if (random.nextBoolean()) {
                fillField(target, field);
            }
        }
        if (random.nextInt(4) == 0) {
            set(field(target.getClass(), "_unknownTaggedFields"), target, unknownFields());
        }
    }

    private List<RawTaggedField> unknownFields() {
        TreeMap<Integer, RawTaggedField> fields = new TreeMap<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int tag = TAG_NOWHERE_IN_USE + random.nextInt(random.nextBoolean() ? 10 : 1 << 20);
            fields.put(tag, new RawTaggedField(tag, bytes()));
        }
        return new ArrayList<>(fields.values());
    }

    private void fillField(Object target, org.apache.kafka.common.protocol.types.Field specified) {
        Field field = field(target.getClass(), specified.name.replace("_", ""));
        if (specified.type.isNullable() && random.nextInt(3) == 0) {
            set(field, target, null);
        } else {
            set(field, target, value(field.getType(), field.getGenericType(), specified.type));
        }
    }

    private Object value(Class<?> type, Type generic, org.apache.kafka.common.protocol.types.Type schema) {
        if (Collection.class.isAssignableFrom(type)) {
            return collection(type, generic, schema.arrayElementType().orElseThrow());
        }
        if (schema instanceof Schema struct) {
            return fill(KafkaMessages.instance(type), struct);
        }
        if (schema == org.apache.kafka.common.protocol.types.Type.UINT16) {
            return random.nextInt(0x10000);
        }
        if (schema == org.apache.kafka.common.protocol.types.Type.UNSIGNED_INT32) {
            return random.nextLong() & 0xffff_ffffL;
        }
        return scalar(type);
    }

    private Object scalar(Class<?> type) {
        if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class || type == Byte.class) {
            return (byte) random.nextInt();
        } else if (type == short.class || type == Short.class) {
            return (short) random.nextInt();
        } else if (type == int.class || type == Integer.class) {
            return random.nextInt(4) == 0 ? random.nextInt(3) - 1 : random.nextInt();
        } else if (type == long.class || type == Long.class) {
            return random.nextInt(4) == 0 ? random.nextInt(3) - 1L : random.nextLong();
        } else if (type == double.class) {
            return random.nextGaussian();
        } else if (type == String.class) {
            return text();
        } else if (type == Uuid.class) {
            return random.nextInt(4) == 0 ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
        } else if (type == byte[].class) {
            return bytes();
        } else if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(bytes());
        } else if (type == BaseRecords.class) {
            return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
        }
        throw new AssertionError("no values for " + type);
    }

    private Collection<?> collection(
            Class<?> type, Type generic, org.apache.kafka.common.protocol.types.Type elementSchema) {
        Class<?> elementType = elementType(type, generic);
        @SuppressWarnings("unchecked")
        Collection<Object> collection =
                type.isInterface() ? new ArrayList<>() : (Collection<Object>) KafkaMessages.instance(type);
        for (int i = random.nextInt(ELEMENT_COUNT_MAX + 1); i > 0; i--) {
            collection.add(value(elementType, elementType, elementSchema));
        }
        return collection;
    }

    /** {@code List<X>} says so itself; a class of its own says so in its superclass. */
    static Class<?> elementType(Class<?> type, Type generic) {
        Type declared = type.isInterface() ? generic : type.getGenericSuperclass();
        return (Class<?>) ((ParameterizedType) declared).getActualTypeArguments()[0];
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        boolean ascii = random.nextBoolean();
        for (int i = random.nextInt(random.nextInt(20) == 0 ? 300 : 12); i > 0; i--) {
            text.append(TEXT[random.nextInt(ascii ? 7 : TEXT.length)]);
        }
        return text.toString();
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(random.nextInt(20) == 0 ? 1000 : 20)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void set(Field field, Object target, @Nullable Object value) {
        try {
            field.set(target, value);
        } catch (IllegalAccessException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** The schema's names are in snake case, with or without an underscore before digits and abbreviations. */
    static Field field(Class<?> type, String name) {
        Field field = fields(type).get(name.toLowerCase(Locale.ROOT));
        if (field == null) {
            throw new AssertionError(type + " has no field " + name);
        }
        return field;
    }

    /** By name in lower case. */
    static Map<String, Field> fields(Class<?> type) {
        return FIELDS.computeIfAbsent(type, KafkaValues::findFields);
    }

    private static Map<String, Field> findFields(Class<?> type) {
        Map<String, Field> fields = new HashMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                fields.put(field.getName().toLowerCase(Locale.ROOT), field);
            }
        }
        return fields;
    }
}
