package io.headrace.protocol.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tagged field (KIP-482) that this build has no name for, kept as it came so that it survives being read and written
 * again. The array belongs to this object.
 */
public final class RawTaggedField {
    private final int tag;
    private final byte[] data;

    public RawTaggedField(int tag, byte[] data) {
        this.tag = tag;
        this.data = data;
    }

    public int tag() {
        return tag;
    }

    public byte[] data() {
        return data;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RawTaggedField that && tag == that.tag && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
        return 31 * tag + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return "RawTaggedField(" + tag + ", " + data.length + " bytes)";
    }
}
