package io.headrace.core;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A client's regular expression. The time that all its matches take together is bounded by the characters they may look at,
 * as some expressions take forever. Not thread-safe, and no longer of use when the time is used up: each request has its own.
 */
public final class BoundedPattern {
    private static final int PATTERN_CHARS_MAX = 1_000;
    private static final long LOOKS_MAX = 10_000_000;

    /** The expression is not one, is too long, or takes too long. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private RefusedException(String message) {
            super(message, null, false, false);
        }
    }

    private final Pattern pattern;
    private long looksLeft = LOOKS_MAX;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * @param expression in Java's syntax, which is Kafka's
     * @throws RefusedException if it is too long or none
     */
    public static BoundedPattern compile(String expression) {
        if (expression.length() > PATTERN_CHARS_MAX) {
            throw new RefusedException("The expression has " + expression.length() + " characters");
        }
        try {
            return new BoundedPattern(Pattern.compile(expression));
        } catch (PatternSyntaxException e) {
            throw new RefusedException(e.getDescription());
        }
    }

    /**
     * Whether the whole text matches.
     *
     * @throws RefusedException if that cannot be found out in time
     */
    public boolean matches(String text) {
        try {
            return pattern.matcher(new Watched(text)).matches();
        } catch (StackOverflowError e) {
            throw new RefusedException("The expression is too deep");
        }
    }

    /** Text that counts how often it is looked at. */
    private final class Watched implements CharSequence {
        private final CharSequence text;

        private Watched(CharSequence text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (looksLeft-- <= 0) {
                throw new RefusedException("The expression takes too long");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Watched(text.subSequence(start, end));
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
