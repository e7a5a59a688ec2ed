package io.headrace.generator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A class to be generated: the message itself or a structure within it.
 *
 * @param versions the message versions in which it can occur
 * @param fields those that exist in at least one of these versions
 */
record Structure(String name, VersionRange versions, VersionRange flexibleVersions, List<FieldSpec> fields) {
    private static final Set<String> TAKEN_NAMES = Set.of(
            "List",
            "ArrayList",
            "Arrays",
            "UUID",
            "Objects",
            "ByteBuffer",
            "String",
            "Override",
            "Object",
            "Payload",
            "BufferPayload",
            "WireReader",
            "WireWriter",
            "RawTaggedField",
            "ApiMessage",
            "MalformedMessageException",
            "Nullable",
            "Generated",
            "StringBuilder",
            "Integer",
            "Long",
            "Short",
            "Byte");

    /** The message first, then its structures in the order in which they appear. */
    static Map<String, Structure> allOf(MessageSpec spec) {
        Map<String, Structure> all = new LinkedHashMap<>();
        collect(spec.name(), spec.versions(), spec.fields(), spec, all);
        return all;
    }

    private static void collect(
            String name, VersionRange versions, List<FieldSpec> fields, MessageSpec spec, Map<String, Structure> all) {
        if (TAKEN_NAMES.contains(name)) {
            throw new SpecException("a structure cannot be called " + name);
        }
        Structure known = all.get(name);
        VersionRange reach = known == null ? versions : hull(known.versions, versions);
        if (known != null && reach.equals(known.versions)) {
            return;
        }
        all.put(name, new Structure(name, reach, spec.flexibleVersions(), reachable(fields, reach)));
        for (FieldSpec field : fields) {
            VersionRange fieldVersions = field.versions().intersect(reach);
            if (field.type().isStruct() && !fieldVersions.isEmpty()) {
                String structName = field.type().structName();
                collect(structName, fieldVersions, fieldsOf(structName, field, spec), spec, all);
            }
        }
    }

    private static List<FieldSpec> fieldsOf(String structName, FieldSpec field, MessageSpec spec) {
        if (!field.fields().isEmpty()) {
            return field.fields();
        }
        return spec.structs().stream()
                .filter(struct -> struct.name().equals(structName))
                .findFirst()
                .map(MessageSpec.StructSpec::fields)
                .orElseThrow(() -> new SpecException("no structure " + structName + " in " + spec.name()));
    }

    private static List<FieldSpec> reachable(List<FieldSpec> fields, VersionRange versions) {
        List<FieldSpec> reachable = new ArrayList<>();
        for (FieldSpec field : fields) {
            VersionRange tagged = field.taggedVersions().intersect(versions);
            VersionRange present = field.versions().intersect(versions);
            if (!tagged.isEmpty() && !tagged.equals(present)) {
                throw new SpecException(field.name() + " is tagged in some of its versions only");
            }
            if (!present.isEmpty()) {
                reachable.add(field);
            }
        }
        return reachable;
    }

    private static VersionRange hull(VersionRange a, VersionRange b) {
        return new VersionRange(Math.min(a.lowest(), b.lowest()), Math.max(a.highest(), b.highest()));
    }

    /** Whether unknown tagged fields can occur. */
    boolean isEverFlexible() {
        return !flexibleVersions.intersect(versions).isEmpty();
    }

    /** {@code true}, {@code false} or the name of the local variable that says so. */
    String flexibleExpression() {
        String condition = flexibleVersions.condition(versions);
        return condition.equals("true") || condition.equals("false") ? condition : "flexible";
    }

    /** As {@link #flexibleExpression}, for one field, which may differ. */
    String flexibleExpression(FieldSpec field) {
        VersionRange own = field.flexibleVersions();
        if (own == null) {
            VersionRange present = field.versions().intersect(versions);
            String within = flexibleVersions.condition(present);
            return within.equals("true") || within.equals("false") ? within : flexibleExpression();
        }
        String condition = own.condition(versions);
        return condition.equals("true") || condition.equals("false") ? condition : "(" + condition + ")";
    }

    /** Whether some local code needs the variable {@code flexible}. */
    boolean needsFlexibleVariable() {
        return flexibleExpression().equals("flexible");
    }

    List<FieldSpec> untaggedFields() {
        return fields.stream().filter(field -> field.tag() < 0).toList();
    }

    /** Ordered by tag. */
    List<FieldSpec> taggedFields() {
        return fields.stream()
                .filter(field -> field.tag() >= 0)
                .sorted((a, b) -> Integer.compare(a.tag(), b.tag()))
                .toList();
    }

    /** A condition for "the field exists in this version". */
    String presence(FieldSpec field) {
        return field.versions().condition(versions);
    }

    /** A condition for "null is allowed", given that the field exists. */
    String nullability(FieldSpec field) {
        return field.nullableVersions().condition(field.versions().intersect(versions));
    }

    /** The fewest bytes that this structure takes in any of the given versions. */
    int sizeBytesMin(VersionRange occurring, Map<String, Structure> all) {
        int smallest = Integer.MAX_VALUE;
        VersionRange possible = occurring.intersect(versions);
        for (int version = possible.lowest(); version <= possible.highest(); version++) {
            int size = flexibleVersions.contains(version) ? 1 : 0;
            for (FieldSpec field : untaggedFields()) {
                if (field.versions().contains(version)) {
                    size += fieldSizeBytesMin(field, version, all);
                }
            }
            smallest = Math.min(smallest, size);
        }
        return Math.max(1, smallest);
    }

    private int fieldSizeBytesMin(FieldSpec field, int version, Map<String, Structure> all) {
        if (field.type().isArray()) {
            return flexibleVersions.contains(version) ? 1 : 4;
        }
        if (field.type().isStruct() && field.nullableVersions().contains(version)) {
            return 1;
        }
        return valueSizeBytesMin(field.type(), new VersionRange(version, version), all);
    }

    /** The fewest bytes of a value that is not an array, in any of the given versions. */
    int valueSizeBytesMin(FieldType type, VersionRange occurring, Map<String, Structure> all) {
        if (type.isStruct()) {
            return structure(type, all).sizeBytesMin(occurring, all);
        }
        if (type.kind().isFixedSize()) {
            return type.kind().sizeBytes;
        }
        boolean canBeFlexible = !flexibleVersions.intersect(occurring).isEmpty();
        return canBeFlexible ? 1 : type.kind() == FieldType.Kind.STRING ? 2 : 4;
    }

    private static Structure structure(FieldType type, Map<String, Structure> all) {
        Structure structure = all.get(type.structName());
        if (structure == null) {
            throw new SpecException("no structure " + type.structName());
        }
        return structure;
    }
}
