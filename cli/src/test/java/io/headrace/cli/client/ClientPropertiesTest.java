package io.headrace.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientPropertiesTest {
    @Test
    void aFileIsUtf8OrElseLatin1(@TempDir Path directory) throws IOException {
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
            Path file = directory.resolve(charset.name());
            Files.write(file, "# caf\u00e9\nclient.id=\u00fcber\n".getBytes(charset));
            ClientProperties properties = new ClientProperties();
            properties.addFile(file);
            assertThat(properties.options(null).clientId()).isEqualTo("\u00fcber");
        }
    }

    @Test
    void aFileThatCannotBeReadIsNamed(@TempDir Path directory) {
        ClientProperties properties = new ClientProperties();
        assertThatThrownBy(() -> properties.addFile(directory))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("Is a directory");
    }
}
