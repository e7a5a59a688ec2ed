package io.headrace.generator;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The Java source of one message. */
final class MessageCode {
    private static final Set<String> TAKEN_ACCESSORS = Set.of(
            "toString",
            "hashCode",
            "getClass",
            "notify",
            "notifyAll",
            "wait",
            "clone",
            "finalize",
            "read",
            "write",
            "isDefault",
            "unknownTaggedFields",
            "apiKey",
            "lowestSupportedVersion",
            "highestSupportedVersion",
            "default",
            "final",
            "package",
            "public",
            "private",
            "class",
            "new",
            "int",
            "long",
            "short",
            "byte",
            "double",
            "float",
            "boolean",
            "char",
            "abstract",
            "interface",
            "enum",
            "switch",
            "case",
            "import",
            "if");

    private final MessageSpec spec;
    private final String packageName;
    private final Map<String, Structure> all;
    private final SourceText out = new SourceText();

    MessageCode(MessageSpec spec, String packageName) {
        this.spec = spec;
        this.packageName = packageName;
        this.all = Structure.allOf(spec);
    }

    String generate() {
        out.line("package " + packageName + ";");
        out.line();
        imports();
        Structure message = structure(spec.name());
        out.line("/**");
        out.line(" * {@code " + spec.name() + "}, versions " + spec.versions() + ", flexible " + spec.flexibleVersions()
                + ".");
        out.line(" */");
        out.line("@Generated(\"io.headrace.generator\")");
        out.line("public final class " + spec.name() + " implements ApiMessage {");
        constants();
        body(message, true);
        for (Structure structure : all.values()) {
            if (!structure.name().equals(spec.name())) {
                out.line();
                out.line("/** {@code " + structure.name() + "}, versions " + structure.versions() + ". */");
                out.line("public static final class " + structure.name() + " {");
                body(structure, false);
                out.line("}");
            }
        }
        out.line("}");
        return out.toString();
    }

    private Structure structure(String name) {
        Structure structure = all.get(name);
        if (structure == null) {
            throw new SpecException("no structure " + name);
        }
        return structure;
    }

    private void imports() {
        for (String name : new String[] {
            "io.headrace.protocol.message.ApiMessage",
            "io.headrace.protocol.wire.BufferPayload",
            "io.headrace.protocol.wire.MalformedMessageException",
            "io.headrace.protocol.wire.Payload",
            "io.headrace.protocol.wire.RawTaggedField",
            "io.headrace.protocol.wire.WireReader",
            "io.headrace.protocol.wire.WireWriter",
            "java.nio.ByteBuffer",
            "java.util.ArrayList",
            "java.util.Arrays",
            "java.util.List",
            "java.util.Objects",
            "java.util.UUID",
            "javax.annotation.processing.Generated",
            "org.jspecify.annotations.Nullable"
        }) {
            if (!name.substring(0, name.lastIndexOf('.')).equals(packageName)) {
                out.line("import " + name + ";");
            }
        }
        out.line();
    }

    private void constants() {
        VersionRange flexible = spec.flexibleVersions().intersect(spec.versions());
        constant("LOWEST_SUPPORTED_VERSION", spec.versions().lowest());
        constant("HIGHEST_SUPPORTED_VERSION", spec.versions().highest());
        out.line("/** -1 when no version is flexible. */");
        constant(
                "FIRST_FLEXIBLE_VERSION",
                flexible.isEmpty() ? -1 : spec.flexibleVersions().lowest());
        out.line();
    }

    private void constant(String name, int value) {
        out.line("public static final short " + name + " = " + value + ";");
    }

    private void body(Structure structure, boolean isMessage) {
        fields(structure);
        constructor(structure);
        new ReadCode(structure, all, out).constructor();
        out.line();
        if (isMessage) {
            readMethod();
            descriptions();
        }
        new WriteCode(structure, isMessage, out).method();
        out.line();
        structure.fields().forEach(field -> accessors(structure, field));
        unknownTaggedFields(structure, isMessage);
        ObjectCode object = new ObjectCode(structure, out);
        if (!isMessage) {
            object.isDefault();
            out.line();
        }
        object.equalsMethod();
        out.line();
        object.hashCodeMethod();
        out.line();
        object.toStringMethod();
    }

    private static String type(FieldSpec field) {
        return field.isNullable()
                ? field.type().nullableJavaType()
                : field.type().javaType();
    }

    private void fields(Structure structure) {
        for (FieldSpec field : structure.fields()) {
            if (TAKEN_ACCESSORS.contains(field.javaName()) && structure.name().equals(spec.name())) {
                throw new SpecException("a field cannot be called " + field.javaName());
            }
            out.line("private " + type(field) + " " + field.javaName() + ";");
        }
        if (structure.isEverFlexible()) {
            out.line("private List<RawTaggedField> unknownTaggedFields;");
        }
        out.line();
    }

    private void constructor(Structure structure) {
        out.line("/** All fields have their defaults. */");
        out.line("public " + structure.name() + "() {");
        for (FieldSpec field : structure.fields()) {
            out.line("this." + field.javaName() + " = " + DefaultValue.expression(field) + ";");
        }
        if (structure.isEverFlexible()) {
            out.line("this.unknownTaggedFields = List.of();");
        }
        out.line("}");
        out.line();
    }

    private void readMethod() {
        out.line("/**");
        out.line(" * Reads one message; bytes behind it are left alone.");
        out.line(" *");
        out.line(" * @throws MalformedMessageException when the bytes are wrong or the version is not supported");
        out.line(" */");
        out.line("public static " + spec.name() + " read(WireReader in, short version) {");
        out.line("checkVersion(version);");
        out.line("return new " + spec.name() + "(in, version);");
        out.line("}");
        out.line();
        out.line("private static void checkVersion(short version) {");
        out.line("if (version < LOWEST_SUPPORTED_VERSION || version > HIGHEST_SUPPORTED_VERSION) {");
        out.line("throw new MalformedMessageException(\"" + spec.name() + " has no version \" + version);");
        out.line("}");
        out.line("}");
        out.line();
    }

    private void descriptions() {
        shortMethod("apiKey", "" + spec.apiKey());
        shortMethod("lowestSupportedVersion", "LOWEST_SUPPORTED_VERSION");
        shortMethod("highestSupportedVersion", "HIGHEST_SUPPORTED_VERSION");
    }

    private void shortMethod(String name, String value) {
        out.line("@Override");
        out.line("public short " + name + "() {");
        out.line("return " + value + ";");
        out.line("}");
        out.line();
    }

    private void accessors(Structure structure, FieldSpec field) {
        String name = field.javaName();
        String javadoc = "/** {@code " + field.name() + "}, versions "
                + field.versions().intersect(structure.versions())
                + (field.tag() < 0 ? "" : ", tag " + field.tag())
                + (field.isNullable() ? ", null in " + field.nullableVersions().intersect(structure.versions()) : "")
                + ". */";
        out.line(javadoc);
        out.line("public " + type(field) + " " + name + "() {");
        out.line("return " + name + ";");
        out.line("}");
        out.line();
        String setter = "set" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        out.line("public " + structure.name() + " " + setter + "(" + type(field) + " value) {");
        out.line("this." + name + " = value;");
        out.line("return this;");
        out.line("}");
        out.line();
    }

    private void unknownTaggedFields(Structure structure, boolean isMessage) {
        if (!structure.isEverFlexible() && !isMessage) {
            return;
        }
        if (isMessage) {
            out.line("@Override");
        } else {
            out.line("/** Tagged fields that this build has no name for, in ascending order of tag. */");
        }
        out.line("public List<RawTaggedField> unknownTaggedFields() {");
        out.line("return " + (structure.isEverFlexible() ? "unknownTaggedFields" : "List.of()") + ";");
        out.line("}");
        out.line();
        if (structure.isEverFlexible()) {
            out.line("public " + structure.name() + " setUnknownTaggedFields(List<RawTaggedField> value) {");
            out.line("this.unknownTaggedFields = value;");
            out.line("return this;");
            out.line("}");
            out.line();
        }
    }
}
