package io.headrace.generator;

import java.util.Locale;

/**
 * The type of a field as the specification has it.
 *
 * @param kind for an array that of its elements
 * @param structName for {@link Kind#STRUCT} which one, otherwise empty
 */
record FieldType(Kind kind, String structName, boolean isArray) {
    enum Kind {
        BOOL("boolean", "Boolean", 1, "readBoolean", "writeBoolean"),
        INT8("byte", "Byte", 1, "readByte", "writeByte"),
        INT16("short", "Short", 2, "readShort", "writeShort"),
        UINT16("int", "Integer", 2, "readUnsignedShort", "writeUnsignedShort"),
        INT32("int", "Integer", 4, "readInt", "writeInt"),
        UINT32("long", "Long", 4, "readUnsignedInt", "writeUnsignedInt"),
        INT64("long", "Long", 8, "readLong", "writeLong"),
        FLOAT64("double", "Double", 8, "readDouble", "writeDouble"),
        UUID("UUID", "UUID", 16, "readUuid", "writeUuid"),
        STRING("String", "String", -1, "String", "String"),
        BYTES("byte[]", "byte[]", -1, "ByteArray", "ByteArray"),
        BUFFER("ByteBuffer", "ByteBuffer", -1, "ByteBuffer", "ByteBuffer"),
        RECORDS("Payload", "Payload", -1, "Records", "Records"),
        STRUCT("", "", -1, "", "");

        final String javaType;
        final String boxedType;
        /** Encoded size, or -1 when it varies. */
        final int sizeBytes;

        /** Method of the reader; for a type that may be null the part after {@code read} and {@code readNullable}. */
        final String reader;

        final String writer;

        Kind(String javaType, String boxedType, int sizeBytes, String reader, String writer) {
            this.javaType = javaType;
            this.boxedType = boxedType;
            this.sizeBytes = sizeBytes;
            this.reader = reader;
            this.writer = writer;
        }

        boolean isFixedSize() {
            return sizeBytes > 0;
        }

        /** Whether Java keeps it in a primitive. */
        boolean isPrimitive() {
            return isFixedSize() && this != UUID;
        }
    }

    static FieldType parse(String text, boolean zeroCopy) {
        if (text.startsWith("[]")) {
            FieldType element = parse(text.substring(2), zeroCopy);
            if (element.isArray || element.kind == Kind.BYTES || element.kind == Kind.RECORDS) {
                throw new SpecException("no support for arrays of " + text.substring(2));
            }
            return new FieldType(element.kind, element.structName, true);
        }
        if (Character.isUpperCase(text.charAt(0))) {
            return new FieldType(Kind.STRUCT, text, false);
        }
        Kind kind = text.equals("bytes") && zeroCopy ? Kind.BUFFER : Kind.valueOf(text.toUpperCase(Locale.ROOT));
        return new FieldType(kind, "", false);
    }

    boolean isStruct() {
        return kind == Kind.STRUCT;
    }

    /** The type of one element of an array; the type itself otherwise. */
    FieldType element() {
        return new FieldType(kind, structName, false);
    }

    boolean isPrimitive() {
        return !isArray && kind.isPrimitive();
    }

    String javaType() {
        if (isArray) {
            return "List<" + (isStruct() ? structName : kind.boxedType) + ">";
        }
        return isStruct() ? structName : kind.javaType;
    }

    /** The type with the annotation where Java wants it. */
    String nullableJavaType() {
        return javaType().equals("byte[]") ? "byte @Nullable []" : "@Nullable " + javaType();
    }
}
