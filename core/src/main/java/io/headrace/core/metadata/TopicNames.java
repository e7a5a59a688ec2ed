package io.headrace.core.metadata;

import org.jspecify.annotations.Nullable;

/** Which names topics can have. The rules are Kafka's; they also make a name safe as part of a directory's name. */
public final class TopicNames {
    /** With a dash and the longest partition number this still fits in the 255 bytes of a file name. */
    public static final int LENGTH_MAX = 249;

    /** What Kafka's tools call the log of metadata. It is no topic here, and none can be made of this name. */
    public static final String METADATA_LOG = "__cluster_metadata";

    private TopicNames() {}

    /** What is wrong with a topic's name, in words for the client; null when nothing is. */
    public static @Nullable String problem(String name) {
        if (name.isEmpty()) {
            return "Topic name is invalid: it is empty";
        }
        if (name.equals(".") || name.equals("..")) {
            return "Topic name is invalid: it cannot be '.' or '..'";
        }
        if (name.length() > LENGTH_MAX) {
            return "Topic name is invalid: its length is " + name.length() + ", at most " + LENGTH_MAX + " is possible";
        }
        for (int index = 0; index < name.length(); index++) {
            if (!isAllowed(name.charAt(index))) {
                return "Topic name is invalid: only letters and digits of ASCII, '.', '_' and '-' are possible, not the"
                        + " character at index " + index;
            }
        }
        return null;
    }

    /** Whether a topic can have this name. */
    public static boolean isValid(String name) {
        return problem(name) == null;
    }

    /** The form in which two names collide: metrics replace each '.' with '_'. */
    static String collisionForm(String name) {
        return name.replace('.', '_');
    }

    static boolean canCollide(String name) {
        return name.indexOf('.') >= 0 || name.indexOf('_') >= 0;
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
