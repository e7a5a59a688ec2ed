package io.headrace.server.config;

import io.headrace.core.config.InvalidConfigException;
import io.headrace.storage.disk.DiskErrors;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Files that an operator has written. They are read as UTF-8; one that is not is read as ISO-8859-1 as a whole, which is what
 * Kafka takes files of properties for.
 */
final class ConfigFiles {
    private ConfigFiles() {}

    /** @throws IOException when the file cannot be read; the message says which, and why */
    static String text(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IOException("Cannot read " + file + ": " + DiskErrors.reason(e), e);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /**
     * @throws InvalidConfigException when the file is none of properties
     * @throws IOException when the file cannot be read; the message says which, and why
     */
    static Properties properties(Path file) throws IOException {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text(file)));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(file.toString(), file + " is no file of properties: " + e.getMessage());
        }
        return properties;
    }
}
