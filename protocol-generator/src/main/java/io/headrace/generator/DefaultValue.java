package io.headrace.generator;

import org.jspecify.annotations.Nullable;

/** Java expressions about a field's default. */
final class DefaultValue {
    private DefaultValue() {}

    /** The default itself. */
    static String expression(FieldSpec field) {
        FieldType type = field.type();
        if (field.isDefaultNull()) {
            if (!field.isNullable()) {
                throw new SpecException(field.name() + " has the default null but is never nullable");
            }
            return "null";
        }
        if (type.isArray()) {
            return "new ArrayList<>()";
        }
        String text = field.defaultText();
        return switch (type.kind()) {
            case BOOL -> text == null ? "false" : Boolean.toString(Boolean.parseBoolean(text));
            case INT8 -> "(byte) " + number(text, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case INT16 -> "(short) " + number(text, Short.MIN_VALUE, Short.MAX_VALUE);
            case UINT16 -> number(text, 0, 0xffff);
            case INT32 -> number(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case UINT32 -> number(text, 0, 0xffff_ffffL) + "L";
            case INT64 -> number(text, Long.MIN_VALUE, Long.MAX_VALUE) + "L";
            case FLOAT64 -> text == null ? "0.0" : Double.toString(Double.parseDouble(text));
            case UUID -> uuid(field);
            case STRING -> quoted(text == null ? "" : text);
            case BYTES -> "new byte[0]";
            case BUFFER -> "ByteBuffer.allocate(0)";
            case RECORDS -> "BufferPayload.EMPTY";
            case STRUCT -> "new " + type.structName() + "()";
        };
    }

    /** A condition for "the value is the default". */
    static String isDefault(FieldSpec field) {
        String name = "this." + field.javaName();
        FieldType type = field.type();
        if (field.isDefaultNull()) {
            return name + " == null";
        }
        String notNull = field.isNullable() ? name + " != null && " : "";
        if (type.isArray()) {
            return notNull + name + ".isEmpty()";
        }
        return switch (type.kind()) {
            case BOOL -> expression(field).equals("true") ? name : "!" + name;
            case INT8, INT16, UINT16, INT32, UINT32, INT64 -> name + " == " + expression(field);
            case FLOAT64 -> "Double.compare(" + name + ", " + expression(field) + ") == 0";
            case UUID -> notNull + name + ".equals(" + expression(field) + ")";
            case STRING ->
                expression(field).equals("\"\"")
                        ? notNull + name + ".isEmpty()"
                        : expression(field) + ".equals(" + name + ")";
            case BYTES -> notNull + name + ".length == 0";
            case BUFFER -> notNull + "!" + name + ".hasRemaining()";
            case RECORDS -> notNull + name + ".sizeBytes() == 0";
            case STRUCT -> notNull + name + ".isDefault()";
        };
    }

    private static String number(@Nullable String text, long lowest, long highest) {
        long value = text == null ? 0 : Long.decode(text);
        if (value < lowest || value > highest) {
            throw new SpecException("default " + text + " is out of range");
        }
        return Long.toString(value);
    }

    private static String uuid(FieldSpec field) {
        if (field.defaultText() != null) {
            throw new SpecException(field.name() + ": no support for a default of type uuid");
        }
        return "WireReader.ZERO_UUID";
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
