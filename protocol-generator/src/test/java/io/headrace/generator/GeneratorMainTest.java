package io.headrace.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratorMainTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    private void spec(String name, String kind, String fields) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("specs")).resolve(name + ".json"), """
            // A comment, as Kafka's specifications have them.
            {"type": "%s", "name": "%s", "apiKey": 3, "validVersions": "1-2", "flexibleVersions": "2+",
             "listeners": ["broker"], "latestVersionUnstable": true, "fields": [%s]}
            """.formatted(
                        kind, name, fields));
    }

    private void generate(String... more) throws IOException {
        String[] common = {
            "--specs", directory.resolve("specs").toString(), "--out", directory.toString(), "--package", "p"
        };
        String[] arguments = new String[common.length + more.length];
        System.arraycopy(common, 0, arguments, 0, common.length);
        System.arraycopy(more, 0, arguments, common.length, more.length);
        GeneratorMain.main(arguments);
    }

    private Path generated(String name) {
        return directory.resolve("p").resolve(name + ".java");
    }

    @Test
    void eachSpecificationBecomesAClass() throws IOException {
        spec("One", "data", "{\"name\": \"Size\", \"type\": \"int32\", \"versions\": \"2+\"}");
        generate();
        assertThat(generated("One"))
                .content()
                .startsWith("package p;\n")
                .contains("public final class One implements ApiMessage {")
                .contains("public int size() {")
                .contains("public One setSize(int value) {")
                .contains("if (version == 2) {");
    }

    @Test
    void namesAreReadToTheLetter() throws IOException {
        spec("One", "data", """
            {"name": "Topic", "type": "string", "versions": "1+", "entityType": "topicName"},
            {"name": "Groups", "type": "[]string", "versions": "1+", "entityType": "groupId"},
            {"name": "Reason", "type": "string", "versions": "1+", "nullableVersions": "1+"}
            """);
        generate();
        assertThat(generated("One"))
                .content()
                .contains("this.topic = in.readString(")
                .contains("list.add(in.readString(")
                .contains("this.reason = in.readNullableText(");
    }

    @Test
    void kindsThatWereNotAskedForAreLeftOut() throws IOException {
        spec("One", "data", "");
        spec("Two", "header", "");
        spec("Three", "request", "");
        generate("--kinds", "data,header");
        assertThat(generated("One")).exists();
        assertThat(generated("Two")).exists();
        assertThat(generated("Three")).doesNotExist();
    }

    @Test
    void anUnchangedFileIsLeftAlone() throws IOException {
        spec("One", "data", "");
        generate();
        FileTime longAgo = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(generated("One"), longAgo);
        generate();
        assertThat(Files.getLastModifiedTime(generated("One"))).isEqualTo(longAgo);
        spec("One", "data", "{\"name\": \"Size\", \"type\": \"int32\", \"versions\": \"2+\"}");
        generate();
        assertThat(Files.getLastModifiedTime(generated("One"))).isNotEqualTo(longAgo);
    }

    @Test
    void aClassWithoutSpecificationIsDeleted() throws IOException {
        spec("One", "data", "");
        spec("Two", "data", "");
        generate();
        Files.delete(directory.resolve("specs/Two.json"));
        generate();
        assertThat(generated("One")).exists();
        assertThat(generated("Two")).doesNotExist();
    }

    @Test
    void requestsAndResponsesMakeTheEnumOfApiKeys() throws IOException {
        spec("ListThingsRequest", "request", "");
        spec("ListThingsResponse", "response", "");
        generate("--api-keys", "q");
        assertThat(directory.resolve("q/ApiKey.java"))
                .content()
                .contains("LIST_THINGS(3, \"ListThings\", 1, 2, true, 1, 2, true, false);")
                .contains("return p.ListThingsRequest.read(in, version);")
                .contains("return p.ListThingsResponse.read(in, version);");
    }

    @Test
    void aSpecificationWithoutVersionsIsLeftOut() throws IOException {
        spec("One", "data", "");
        Path two = directory.resolve("specs/Two.json");
        Files.writeString(two, "{\"type\": \"data\", \"name\": \"Two\", \"validVersions\": \"none\"}");
        generate();
        assertThat(generated("Two")).doesNotExist();
    }

    @Test
    void mistakesAreNamedWithTheirFile() throws IOException {
        String[] wrong = {
            "{\"name\": \"A\", \"versions\": \"1+\"}",
            "{\"name\": \"A\", \"type\": \"int33\", \"versions\": \"1+\"}",
            "{\"name\": \"A\", \"type\": \"int32\"}",
            "{\"name\": \"A\", \"type\": \"int32\", \"versions\": \"1+\", \"tag\": 1}",
            "{\"name\": \"A\", \"type\": \"[]bytes\", \"versions\": \"1+\"}",
            "{\"name\": \"A\", \"type\": \"Missing\", \"versions\": \"1+\"}",
            "{\"name\": \"A\", \"type\": \"int8\", \"versions\": \"1+\", \"default\": 128}",
            "{\"name\": \"A\", \"type\": \"string\", \"versions\": \"1+\", \"default\": \"null\"}",
            "{\"name\": \"A\", \"type\": \"int8\", \"versions\": \"1+\", \"tag\": 0, \"taggedVersions\": \"2+\"}",
            "{\"name\": \"toString\", \"type\": \"int8\", \"versions\": \"1+\"}",
            "{\"name\": \"A\", \"type\": \"List\", \"versions\": \"1+\", \"fields\": ["
                    + "{\"name\": \"B\", \"type\": \"int8\", \"versions\": \"1+\"}]}"
        };
        for (String field : wrong) {
            spec("Wrong", "data", field);
            assertThatThrownBy(this::generate)
                    .as(field)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Wrong");
        }
    }

    @Test
    void optionsAreChecked() throws IOException {
        spec("One", "data", "");
        assertThatThrownBy(() -> generate("--kind", "data")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> generate("--kinds")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> generate("--kinds", "request")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> GeneratorMain.main(new String[] {"--package", "p"}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
