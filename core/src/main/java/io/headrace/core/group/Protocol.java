package io.headrace.core.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One way of assigning partitions that a member knows, with what the leader needs to know of the member for it. To the
 * broker the metadata is opaque.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by sameAs, never as a map key
record Protocol(String name, byte[] metadata) {

    /** Drops further protocols with a name already seen, as a set of names would. */
    static List<Protocol> withoutRepeatedNames(List<Protocol> protocols) {
        Set<String> seen = new HashSet<>();
        List<Protocol> kept = new ArrayList<>(protocols.size());
        for (Protocol protocol : protocols) {
            if (seen.add(protocol.name)) {
                kept.add(protocol);
            }
        }
        return kept;
    }

    /** Whether both lists hold the same names with the same metadata in the same order. */
    static boolean sameLists(List<Protocol> left, List<Protocol> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!left.get(i).sameAs(right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean sameAs(Protocol other) {
        return name.equals(other.name) && Arrays.equals(metadata, other.metadata);
    }
}
