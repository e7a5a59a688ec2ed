package io.headrace.network.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The encoding of files of properties: UTF-8, which is what operators write. One that is not is taken for ISO-8859-1 as a whole,
 * as Kafka takes all of them.
 */
public final class PropertiesEncoding {
    private PropertiesEncoding() {}

    /** The text of a file. No bytes are refused. */
    public static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }
}
