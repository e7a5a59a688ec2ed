package io.headrace.generator;

/** Versions from lowest to highest, both inclusive; empty when lowest is the greater. */
record VersionRange(int lowest, int highest) {
    static final VersionRange NONE = new VersionRange(0, -1);
    private static final int OPEN = Short.MAX_VALUE;

    /** Parses {@code 3}, {@code 3-5}, {@code 3+} or {@code none}. */
    static VersionRange parse(String text) {
        String trimmed = text.trim();
        if (trimmed.isEmpty() || trimmed.equals("none")) {
            return NONE;
        }
        if (trimmed.endsWith("+")) {
            return new VersionRange(Integer.parseInt(trimmed.substring(0, trimmed.length() - 1)), OPEN);
        }
        int dash = trimmed.indexOf('-');
        if (dash < 0) {
            int only = Integer.parseInt(trimmed);
            return new VersionRange(only, only);
        }
        return new VersionRange(
                Integer.parseInt(trimmed.substring(0, dash)), Integer.parseInt(trimmed.substring(dash + 1)));
    }

    boolean isEmpty() {
        return lowest > highest;
    }

    boolean contains(int version) {
        return lowest <= version && version <= highest;
    }

    boolean containsAll(VersionRange other) {
        return other.isEmpty() || (lowest <= other.lowest && other.highest <= highest);
    }

    VersionRange intersect(VersionRange other) {
        VersionRange both = new VersionRange(Math.max(lowest, other.lowest), Math.min(highest, other.highest));
        return both.isEmpty() ? NONE : both;
    }

    /** A Java condition that is true for exactly the versions of this range, given that only {@code possible} occur. */
    String condition(VersionRange possible) {
        VersionRange within = intersect(possible);
        if (within.isEmpty()) {
            return "false";
        }
        if (within.equals(possible)) {
            return "true";
        }
        if (within.lowest == within.highest) {
            return "version == " + within.lowest;
        }
        if (within.lowest == possible.lowest) {
            return "version <= " + within.highest;
        }
        if (within.highest == possible.highest) {
            return "version >= " + within.lowest;
        }
        return "version >= " + within.lowest + " && version <= " + within.highest;
    }

    @Override
    public String toString() {
        if (isEmpty()) {
            return "none";
        }
        return lowest == highest ? "" + lowest : highest == OPEN ? lowest + "+" : lowest + "-" + highest;
    }
}
