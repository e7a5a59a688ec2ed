package io.headrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.RawTaggedField;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** Makes one of our objects with the values of one of Kafka's, field by field. */
final class Translation {
    private Translation() {}

    static <T> T translate(Object kafkas, Class<T> ourType) {
        T ours = KafkaMessages.instance(ourType);
        try {
            for (Field from : KafkaValues.fields(kafkas.getClass()).values()) {
                if (from.getName().equals("next") || from.getName().equals("prev")) {
                    continue; // the links of a collection that the element is part of
                }
                if (from.getName().equals("_unknownTaggedFields")) {
                    setUnknownFields(ours, (Collection<?>) from.get(kafkas));
                    continue;
                }
                if (!KafkaValues.fields(ourType).containsKey(from.getName().toLowerCase(Locale.ROOT))) {
                    requireDefault(from, kafkas);
                    continue;
                }
                Field to = KafkaValues.field(ourType, from.getName());
                to.set(ours, value(from.get(kafkas), to));
            }
        } catch (IllegalAccessException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return ours;
    }

    /** A field of versions that are gone, which Kafka's class still has. */
    private static void requireDefault(Field field, Object kafkas) throws IllegalAccessException {
        Object fresh = KafkaMessages.instance(kafkas.getClass());
        assertThat(field.get(kafkas)).as(field.toString()).isEqualTo(field.get(fresh));
    }

    private static void setUnknownFields(Object ours, @Nullable Collection<?> fields) throws IllegalAccessException {
        if (fields == null || fields.isEmpty()) {
            return;
        }
        List<RawTaggedField> translated = new ArrayList<>();
        for (Object field : fields) {
            var raw = (org.apache.kafka.common.protocol.types.RawTaggedField) field;
            translated.add(new RawTaggedField(raw.tag(), raw.data()));
        }
        KafkaValues.field(ours.getClass(), "unknownTaggedFields").set(ours, translated);
    }

    private static @Nullable Object value(@Nullable Object from, Field to) {
        if (from instanceof Collection<?> collection) {
            Class<?> elementType = KafkaValues.elementType(to.getType(), to.getGenericType());
            List<Object> elements = new ArrayList<>();
            for (Object element : collection) {
                elements.add(single(element, elementType));
            }
            return elements;
        }
        return from == null ? null : single(from, to.getType());
    }

    private static Object single(Object from, Class<?> type) {
        if (from instanceof Uuid uuid) {
            return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
        } else if (from instanceof MemoryRecords records) {
            return new BufferPayload(records.buffer());
        } else if (from instanceof Number
                || from instanceof Boolean
                || from instanceof String
                || from instanceof byte[]
                || from instanceof ByteBuffer) {
            return from;
        }
        return translate(from, type);
    }
}
