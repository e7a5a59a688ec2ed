package io.headrace.generator;

import java.util.List;

/**
 * A message as its specification describes it.
 *
 * @param kind {@code request}, {@code response}, {@code header}, {@code data}, ...
 * @param apiKey the API key or record type, or -1
 * @param structs structures that several fields share
 */
record MessageSpec(
        String name,
        String kind,
        int apiKey,
        VersionRange versions,
        VersionRange flexibleVersions,
        boolean latestVersionUnstable,
        List<String> listeners,
        List<FieldSpec> fields,
        List<StructSpec> structs) {

    /** A named structure and its fields. */
    record StructSpec(String name, VersionRange versions, List<FieldSpec> fields) {}
}
