package io.headrace.generator;

import java.util.Map;

/** The constructor of a generated class that reads from the wire. */
final class ReadCode {
    private final Structure structure;
    private final Map<String, Structure> all;
    private final SourceText out;

    ReadCode(Structure structure, Map<String, Structure> all, SourceText out) {
        this.structure = structure;
        this.all = all;
        this.out = out;
    }

    void constructor() {
        out.line("private " + structure.name() + "(WireReader in, short version) {");
        if (structure.needsFlexibleVariable()) {
            out.line("boolean flexible = " + structure.flexibleVersions().condition(structure.versions()) + ";");
        }
        structure.untaggedFields().forEach(this::untagged);
        taggedSection();
        out.line("}");
    }

    private void untagged(FieldSpec field) {
        String presence = structure.presence(field);
        boolean open = out.openIf(presence);
        assign(field);
        if (open) {
            out.line("} else {");
            out.line("this." + field.javaName() + " = " + DefaultValue.expression(field) + ";");
            out.line("}");
        }
    }

    private void taggedSection() {
        if (!structure.isEverFlexible()) {
            return;
        }
        for (FieldSpec field : structure.taggedFields()) {
            out.line("this." + field.javaName() + " = " + DefaultValue.expression(field) + ";");
        }
        out.line("List<RawTaggedField> unknown = List.of();");
        boolean open = out.openIf(structure.flexibleExpression());
        out.line("int tagCount = in.readTaggedFieldCount();");
        out.line("for (int i = 0; i < tagCount; i++) {");
        out.line("int tag = in.readUnsignedVarint();");
        out.line("int sizeBytes = in.readTaggedFieldSize();");
        if (structure.taggedFields().isEmpty()) {
            out.line("unknown = in.readUnknownTaggedField(unknown, tag, sizeBytes);");
        } else {
            knownTags();
        }
        out.line("}");
        out.closeIf(open);
        out.line("this.unknownTaggedFields = unknown;");
    }

    private void knownTags() {
        out.line("int end = in.position() + sizeBytes;");
        String keyword = "";
        for (FieldSpec field : structure.taggedFields()) {
            String presence = structure.presence(field);
            out.line(keyword + "if (tag == " + field.tag() + ") {");
            if (!presence.equals("true")) {
                out.line("if (!(" + presence + ")) {");
                out.line("throw new MalformedMessageException(\"tag " + field.tag()
                        + " is not part of version \" + version);");
                out.line("}");
            }
            assign(field);
            keyword = "} else ";
        }
        out.line("} else {");
        out.line("unknown = in.readUnknownTaggedField(unknown, tag, sizeBytes);");
        out.line("}");
        out.line("in.finishTaggedField(tag, end);");
    }

    private void assign(FieldSpec field) {
        if (field.type().isArray()) {
            array(field);
            return;
        }
        out.line("this." + field.javaName() + " = " + value(field) + ";");
    }

    private String value(FieldSpec field) {
        String plain = plainValue(field, field.type(), structure.flexibleExpression(field), false);
        if (!field.isNullable()) {
            return plain;
        }
        // Kafka marks a missing structure with -1, but with 0 where the structure is a tagged field.
        String isNull = field.tag() < 0 ? "in.readByte() < 0" : "in.readUnsignedVarint() == 0";
        String nullable = field.type().isStruct()
                ? isNull + " ? null : " + plain
                : plainValue(field, field.type(), structure.flexibleExpression(field), true);
        String allowed = structure.nullability(field);
        if (allowed.equals("true")) {
            return nullable;
        }
        return allowed.equals("false") ? plain : "(" + allowed + ") ? (" + nullable + ") : " + plain;
    }

    private static String plainValue(FieldSpec field, FieldType type, String flexible, boolean nullable) {
        if (type.isStruct()) {
            return "new " + type.structName() + "(in, version)";
        }
        if (type.kind().isFixedSize()) {
            return "in." + type.kind().reader + "()";
        }
        boolean lenient = type.kind() == FieldType.Kind.STRING && !field.isExactName();
        String reader = lenient ? "Text" : type.kind().reader;
        return "in.read" + (nullable ? "Nullable" : "") + reader + "(" + flexible + ")";
    }

    private void array(FieldSpec field) {
        FieldType element = field.type().element();
        String flexible = structure.flexibleExpression(field);
        VersionRange present = field.versions().intersect(structure.versions());
        int elementBytesMin = structure.valueSizeBytesMin(element, present, all);
        String name = field.javaName();
        String arguments = "(" + flexible + ", " + elementBytesMin + ")";
        String allowed = structure.nullability(field);
        boolean maybeNull = field.isNullable() && !allowed.equals("false");
        String read = "in.readArrayLength" + arguments;
        if (maybeNull) {
            String nullable = "in.readNullableArrayLength" + arguments;
            read = allowed.equals("true") ? nullable : "(" + allowed + ") ? " + nullable + " : " + read;
        }
        // The count is a local of this block: a structure has several arrays.
        out.line("{");
        out.line("int count = " + read + ";");
        if (maybeNull) {
            out.line("if (count < 0) {");
            out.line("this." + name + " = null;");
            out.line("} else {");
        }
        out.line(field.type().javaType() + " list = new ArrayList<>(count);");
        out.line("for (int n = 0; n < count; n++) {");
        out.line("list.add(" + plainValue(field, element, flexible, false) + ");");
        out.line("}");
        out.line("this." + name + " = list;");
        if (maybeNull) {
            out.line("}");
        }
        out.line("}");
    }
}
