package io.headrace.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a value must fulfil beyond its type.
 *
 * @param expectation what is right, to follow the word "expected"
 * @param holds whether a value of the key's type is right
 */
record ConfigRule(String expectation, Predicate<Object> holds) {

    static ConfigRule atLeast(long minimum) {
        return new ConfigRule("at least " + minimum, value -> ((Number) value).doubleValue() >= minimum);
    }

    static ConfigRule between(double minimum, double maximum) {
        return new ConfigRule("between " + number(minimum) + " and " + number(maximum), value -> {
            double actual = ((Number) value).doubleValue();
            return actual >= minimum && actual <= maximum;
        });
    }

    static ConfigRule oneOf(String... allowed) {
        List<String> values = List.of(allowed);
        return new ConfigRule("one of " + String.join(", ", allowed), value -> values.contains((String) value));
    }

    static ConfigRule oneOfIgnoringCase(String... allowed) {
        List<String> values = List.of(allowed);
        return new ConfigRule(
                "one of " + String.join(", ", allowed),
                value -> values.contains(((String) value).toLowerCase(Locale.ROOT)));
    }

    /** Every element one of the allowed ones. An empty list passes, repetitions do (KIP-1161 only warns of them). */
    static ConfigRule listOf(String... allowed) {
        Set<String> values = Set.of(allowed);
        return new ConfigRule("a list of " + String.join(", ", allowed), value -> values.containsAll(strings(value)));
    }

    /** No element empty. An empty list passes. */
    static ConfigRule noEmptyElements() {
        return new ConfigRule(
                "a list without empty elements", value -> !strings(value).contains(""));
    }

    static ConfigRule matching(String expectation, Predicate<String> holds) {
        return new ConfigRule(expectation, value -> holds.test(value.toString()));
    }

    static ConfigRule list(String expectation, Predicate<List<String>> holds) {
        return new ConfigRule(expectation, value -> holds.test(strings(value)));
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Object value) {
        return (List<String>) value;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
