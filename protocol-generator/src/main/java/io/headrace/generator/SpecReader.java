package io.headrace.generator;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads message specifications: JSON with comments, one message a file. */
final class SpecReader {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();

    private SpecReader() {}

    /** All specifications of a directory and those below it, ordered by file name. */
    static List<MessageSpec> readAll(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(directory)) {
            files = found.filter(file -> file.getFileName().toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        List<MessageSpec> specs = new ArrayList<>();
        for (Path file : files) {
            specs.add(read(file));
        }
        return specs;
    }

    static MessageSpec read(Path file) throws IOException {
        try {
            return message(JSON.readTree(file.toFile()));
        } catch (RuntimeException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static MessageSpec message(JsonNode json) {
        VersionRange versions = VersionRange.parse(required(json, "validVersions"));
        if (versions.highest() == Short.MAX_VALUE) {
            throw new SpecException("validVersions must end somewhere");
        }
        List<String> listeners = new ArrayList<>();
        json.path("listeners").forEach(listener -> listeners.add(listener.asText()));
        List<MessageSpec.StructSpec> structs = new ArrayList<>();
        for (JsonNode struct : json.path("commonStructs")) {
            structs.add(new MessageSpec.StructSpec(
                    required(struct, "name"),
                    VersionRange.parse(required(struct, "versions")),
                    fields(struct.path("fields"))));
        }
        return new MessageSpec(
                required(json, "name"),
                required(json, "type"),
                json.path("apiKey").asInt(-1),
                versions,
                VersionRange.parse(json.path("flexibleVersions").asText("none")),
                json.path("latestVersionUnstable").asBoolean(false),
                listeners,
                fields(json.path("fields")),
                structs);
    }

    private static List<FieldSpec> fields(JsonNode json) {
        List<FieldSpec> fields = new ArrayList<>();
        for (JsonNode field : json) {
            fields.add(field(field));
        }
        return fields;
    }

    private static FieldSpec field(JsonNode json) {
        String name = required(json, "name");
        VersionRange tagged = VersionRange.parse(json.path("taggedVersions").asText("none"));
        // A field that is always tagged need not repeat its versions.
        VersionRange versions =
                json.has("versions") || tagged.isEmpty() ? VersionRange.parse(required(json, "versions")) : tagged;
        int tag = json.path("tag").asInt(-1);
        if (tagged.isEmpty() != (tag < 0)) {
            throw new SpecException(name + ": tag and taggedVersions go together");
        }
        return new FieldSpec(
                name,
                FieldType.parse(required(json, "type"), json.path("zeroCopy").asBoolean(false)),
                versions,
                VersionRange.parse(json.path("nullableVersions").asText("none")),
                tagged,
                tag,
                defaultText(json),
                json.path("ignorable").asBoolean(false),
                ownFlexibleVersions(json),
                json.path("entityType").asText(""),
                fields(json.path("fields")));
    }

    /** The text "null" is the default null; a JSON null is no default at all, as Kafka's own generator takes it. */
    private static @Nullable String defaultText(JsonNode field) {
        return field.hasNonNull("default") ? field.get("default").asText() : null;
    }

    private static @Nullable VersionRange ownFlexibleVersions(JsonNode field) {
        return field.has("flexibleVersions")
                ? VersionRange.parse(field.get("flexibleVersions").asText())
                : null;
    }

    private static String required(JsonNode json, String key) {
        JsonNode value = json.get(key);
        if (value == null) {
            throw new SpecException("no \"" + key + "\" in " + json.path("name").asText("the message"));
        }
        return value.asText();
    }
}
