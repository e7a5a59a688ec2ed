package io.headrace.generator;

/** {@code equals}, {@code hashCode}, {@code toString} and {@code isDefault} of a generated class. */
final class ObjectCode {
    private final Structure structure;
    private final SourceText out;

    ObjectCode(Structure structure, SourceText out) {
        this.structure = structure;
        this.out = out;
    }

    void isDefault() {
        out.line("boolean isDefault() {");
        StringBuilder condition =
                new StringBuilder(structure.isEverFlexible() ? "unknownTaggedFields.isEmpty()" : "true");
        for (FieldSpec field : structure.fields()) {
            condition.append(" && ").append(DefaultValue.isDefault(field));
        }
        out.line("return " + condition + ";");
        out.line("}");
    }

    void equalsMethod() {
        out.line("@Override");
        out.line("public boolean equals(@Nullable Object other) {");
        out.line("if (!(other instanceof " + structure.name() + ")) {");
        out.line("return false;");
        out.line("}");
        if (structure.fields().isEmpty() && !structure.isEverFlexible()) {
            out.line("return true;");
            out.line("}");
            return;
        }
        out.line(structure.name() + " that = (" + structure.name() + ") other;");
        StringBuilder condition = new StringBuilder();
        for (FieldSpec field : structure.fields()) {
            condition.append(condition.isEmpty() ? "" : " && ").append(fieldEquals(field));
        }
        if (structure.isEverFlexible()) {
            condition
                    .append(condition.isEmpty() ? "" : " && ")
                    .append("unknownTaggedFields.equals(that.unknownTaggedFields)");
        }
        out.line("return " + condition + ";");
        out.line("}");
    }

    private static String fieldEquals(FieldSpec field) {
        String name = field.javaName();
        FieldType type = field.type();
        if (type.isArray()) {
            return "Objects.equals(this." + name + ", that." + name + ")";
        }
        return switch (type.kind()) {
            case FLOAT64 -> "Double.compare(this." + name + ", that." + name + ") == 0";
            case BYTES -> "Arrays.equals(this." + name + ", that." + name + ")";
            default ->
                type.isPrimitive()
                        ? "this." + name + " == that." + name
                        : "Objects.equals(this." + name + ", that." + name + ")";
        };
    }

    void hashCodeMethod() {
        out.line("@Override");
        out.line("public int hashCode() {");
        out.line("int hash = 1;");
        for (FieldSpec field : structure.fields()) {
            out.line("hash = 31 * hash + " + fieldHash(field) + ";");
        }
        out.line("return hash;");
        out.line("}");
    }

    private static String fieldHash(FieldSpec field) {
        FieldType type = field.type();
        String name = "this." + field.javaName();
        if (type.isPrimitive()) {
            return type.kind().boxedType + ".hashCode(" + name + ")";
        }
        boolean isBytes = !type.isArray() && type.kind() == FieldType.Kind.BYTES;
        return (isBytes ? "Arrays" : "Objects") + ".hashCode(" + name + ")";
    }

    void toStringMethod() {
        out.line("@Override");
        out.line("public String toString() {");
        StringBuilder expression = new StringBuilder("\"" + structure.name() + "(");
        String separator = "";
        for (FieldSpec field : structure.fields()) {
            expression.append(separator).append(field.javaName()).append("=\" + ");
            expression.append(fieldText(field)).append(" + \"");
            separator = ", ";
        }
        out.line("return " + expression + ")\";");
        out.line("}");
    }

    private String fieldText(FieldSpec field) {
        String name = field.javaName();
        FieldType type = field.type();
        boolean secret = field.isSecret() || isConfigurationValue(field);
        if (secret && (type.isArray() || !type.isPrimitive())) {
            return "\"<redacted>\"";
        }
        if (type.isArray()) {
            return name;
        }
        String sizeBytes =
                switch (type.kind()) {
                    case BYTES -> name + ".length";
                    case BUFFER -> name + ".remaining()";
                    case RECORDS -> name + ".sizeBytes()";
                    default -> "";
                };
        if (sizeBytes.isEmpty()) {
            return name;
        }
        String text = "\"<\" + " + sizeBytes + " + \" bytes>\"";
        return field.isNullable() ? "(" + name + " == null ? \"null\" : " + text + ")" : text;
    }

    /** Broker settings may be passwords; which ones is not known here. */
    private boolean isConfigurationValue(FieldSpec field) {
        return structure.name().equals("AlterableConfig") && field.name().equals("Value");
    }
}
