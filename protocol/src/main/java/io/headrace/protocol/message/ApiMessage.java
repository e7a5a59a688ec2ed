package io.headrace.protocol.message;

import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.RawTaggedField;
import io.headrace.protocol.wire.WireWriter;
import java.util.List;

/**
 * A message with a versioned binary form: a request, a response, a header, or a record of an internal topic.
 *
 * <p>Implementations are generated and mutable; each also has {@code static X read(WireReader, short)}.
 */
public interface ApiMessage {
    /** The API key, or for a record of an internal topic its record type; -1 when the message has neither. */
    short apiKey();

    /** The oldest version that {@link #write} can encode. */
    short lowestSupportedVersion();

    /** The newest version that {@link #write} can encode, unstable ones included. */
    short highestSupportedVersion();

    /**
     * Appends this message's body.
     *
     * @throws MalformedMessageException when the version is not supported, or when a field is set that this version
     *     has no place for and whose loss would change the meaning
     */
    void write(WireWriter out, short version);

    /**
     * Tells the client how long it is held back by a quota, in milliseconds, if this is an answer that has a place for it
     * (KIP-219).
     *
     * @return this message
     */
    default ApiMessage setThrottleTimeMs(int ms) {
        return this;
    }

    /** Tagged fields that this build has no name for, in ascending order of tag. */
    List<RawTaggedField> unknownTaggedFields();
}
