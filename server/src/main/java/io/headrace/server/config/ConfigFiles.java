package io.headrace.server.config;

import io.headrace.core.config.InvalidConfigException;
import io.headrace.network.config.PropertiesEncoding;
import io.headrace.storage.disk.DiskErrors;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Files that an operator has written, in the encoding of files of properties. */
final class ConfigFiles {
    private ConfigFiles() {}

    /** @throws IOException when the file cannot be read; the message says which, and why */
    static String text(Path file) throws IOException {
        try {
            return PropertiesEncoding.decode(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IOException("Cannot read " + file + ": " + DiskErrors.reason(e), e);
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
