package io.headrace.protocol;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Ids of topics, directories and clusters in Kafka's text form: 22 characters of URL-safe base64. */
public final class UuidText {
    private static final int SIZE_BYTES = 16;
    private static final int VERSION_4 = 0x4000;
    private static final int VERSION_MASK = 0xF000;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long VARIANT_MASK = 0xC000_0000_0000_0000L;

    private UuidText() {}

    /** The text of an id. */
    public static String encode(UUID id) {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The id of a text; null when it is none. */
    public static @Nullable UUID decode(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length != SIZE_BYTES) {
                return null;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new UUID(buffer.getLong(), buffer.getLong());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * A random id (RFC 9562, version 4) whose text does not begin with a dash, which command lines would take for an
     * option.
     *
     * @param random gives 64 random bits a time
     */
    public static UUID random(LongSupplier random) {
        UUID id;
        do {
            long most = (random.getAsLong() & ~VERSION_MASK) | VERSION_4;
            long least = (random.getAsLong() & ~VARIANT_MASK) | VARIANT;
            id = new UUID(most, least);
        } while (encode(id).startsWith("-"));
        return id;
    }
}
