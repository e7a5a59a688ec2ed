package io.headrace.generator;

import java.util.List;

/** The {@code write} method of a generated class. */
final class WriteCode {
    private final Structure structure;
    private final boolean isMessage;
    private final SourceText out;

    WriteCode(Structure structure, boolean isMessage, SourceText out) {
        this.structure = structure;
        this.isMessage = isMessage;
        this.out = out;
    }

    void method() {
        if (isMessage) {
            out.line("@Override");
            out.line("public void write(WireWriter out, short version) {");
            out.line("checkVersion(version);");
        } else {
            out.line("void write(WireWriter out, short version) {");
        }
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
        value(field, "out");
        if (open && !field.ignorable()) {
            out.line("} else if (!(" + DefaultValue.isDefault(field) + ")) {");
            refuse(field);
        }
        out.closeIf(open);
    }

    private void refuse(FieldSpec field) {
        out.line("throw new MalformedMessageException(\"" + structure.name() + "." + field.javaName()
                + " is not part of version \" + version);");
    }

    private void taggedSection() {
        if (!structure.isEverFlexible()) {
            return;
        }
        List<FieldSpec> tagged = structure.taggedFields();
        for (FieldSpec field : tagged) {
            if (!field.ignorable() && !structure.presence(field).equals("true")) {
                out.line("if (!(" + structure.presence(field) + ") && !(" + DefaultValue.isDefault(field) + ")) {");
                refuse(field);
                out.line("}");
            }
        }
        boolean open = out.openIf(structure.flexibleExpression());
        if (tagged.isEmpty()) {
            out.line("out.writeTaggedFields(unknownTaggedFields);");
        } else {
            knownTags(tagged);
        }
        if (open) {
            out.line("} else if (!unknownTaggedFields.isEmpty()) {");
            out.line("throw new MalformedMessageException(\"" + structure.name()
                    + " has no tagged fields in version \" + version);");
            out.line("}");
        }
    }

    private void knownTags(List<FieldSpec> tagged) {
        out.line("int tagCount = unknownTaggedFields.size();");
        for (FieldSpec field : tagged) {
            String presence = structure.presence(field);
            String isSet = "!(" + DefaultValue.isDefault(field) + ")";
            out.line("boolean hasTag" + field.tag() + " = "
                    + (presence.equals("true") ? isSet : presence + " && " + isSet) + ";");
            out.line("if (hasTag" + field.tag() + ") {");
            out.line("tagCount++;");
            out.line("}");
        }
        out.line("out.writeUnsignedVarint(tagCount);");
        out.line("int next = 0;");
        for (FieldSpec field : tagged) {
            out.line("if (hasTag" + field.tag() + ") {");
            out.line("next = out.writeUnknownTaggedFields(unknownTaggedFields, next, " + field.tag() + ");");
            taggedValue(field);
            out.line("}");
        }
        out.line("out.writeUnknownTaggedFields(unknownTaggedFields, next, Integer.MAX_VALUE);");
    }

    private void taggedValue(FieldSpec field) {
        FieldType type = field.type();
        if (!type.isArray() && type.kind().isFixedSize()) {
            out.line("out.writeUnsignedVarint(" + field.tag() + ");");
            out.line("out.writeUnsignedVarint(" + type.kind().sizeBytes + ");");
            value(field, "out");
        } else {
            out.line("WireWriter field = out.beginTaggedField(" + field.tag() + ");");
            value(field, "field");
            out.line("out.endTaggedField();");
        }
    }

    private void value(FieldSpec field, String writer) {
        String name = "this." + field.javaName();
        if (!field.isNullable()) {
            plainValue(field, writer);
            return;
        }
        String allowed = structure.nullability(field);
        if (!allowed.equals("true")) {
            String refused = allowed.equals("false") ? "" : "!(" + allowed + ") && ";
            out.line("if (" + refused + name + " == null) {");
            out.line("throw new MalformedMessageException(\"" + structure.name() + "." + field.javaName()
                    + " cannot be null in version \" + version);");
            out.line("}");
        }
        FieldType type = field.type();
        if (type.isArray()) {
            out.line("if (" + name + " == null) {");
            out.line(writer + ".writeLength(-1, " + structure.flexibleExpression(field) + ");");
            out.line("} else {");
            plainValue(field, writer);
            out.line("}");
        } else if (type.isStruct()) {
            nullableStruct(field, allowed, writer);
        } else if (type.kind().isFixedSize()) {
            plainValue(field, writer);
        } else {
            out.line(writer + ".writeNullable" + type.kind().writer + "(" + name + ", "
                    + structure.flexibleExpression(field) + ");");
        }
    }

    private void nullableStruct(FieldSpec field, String allowed, String writer) {
        out.line("if (this." + field.javaName() + " == null) {");
        out.line(writer + ".writeByte(" + (field.tag() < 0 ? -1 : 0) + ");");
        out.line("} else {");
        if (!allowed.equals("false")) {
            boolean open = out.openIf(allowed);
            out.line(writer + ".writeByte(1);");
            out.closeIf(open);
        }
        plainValue(field, writer);
        out.line("}");
    }

    private void plainValue(FieldSpec field, String writer) {
        String flexible = structure.flexibleExpression(field);
        if (!field.type().isArray()) {
            element(field.type(), "this." + field.javaName(), flexible, writer);
            return;
        }
        String name = "this." + field.javaName();
        out.line(writer + ".writeLength(" + name + ".size(), " + flexible + ");");
        FieldType element = field.type().element();
        String variable = element.isStruct() ? element.structName() : element.kind().boxedType;
        out.line("for (" + variable + " element : " + name + ") {");
        element(element, "element", flexible, writer);
        out.line("}");
    }

    private void element(FieldType type, String expression, String flexible, String writer) {
        if (type.isStruct()) {
            out.line(expression + ".write(" + writer + ", version);");
        } else if (type.kind().isFixedSize()) {
            out.line(writer + "." + type.kind().writer + "(" + expression + ");");
        } else {
            out.line(writer + ".write" + type.kind().writer + "(" + expression + ", " + flexible + ");");
        }
    }
}
