package io.headrace.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BoundedPatternTest {
    /** A match of the whole looks at each character at least once. */
    private static final String LONG = "x".repeat(1_000_000);

    /** Matched in so many ways that to try them all takes no time a client has. */
    private static final String HOPELESS = "x*x*x*x*x*x*y";

    @Test
    void theWholeTextIsToMatch() {
        BoundedPattern pattern = BoundedPattern.compile("pay.*s");
        assertThat(pattern.matches("payments")).isTrue();
        assertThat(pattern.matches("payment")).isFalse();
        assertThat(pattern.matches("repayments")).isFalse();
    }

    @Test
    void expressionThatTakesForeverIsRefused() {
        BoundedPattern pattern = BoundedPattern.compile(HOPELESS);
        assertThatThrownBy(() -> pattern.matches("x".repeat(100)))
                .isInstanceOf(BoundedPattern.RefusedException.class)
                .hasMessage("The expression takes too long");
    }

    @Test
    void allMatchesOfOneShareItsWork() {
        BoundedPattern pattern = BoundedPattern.compile("x*");
        assertThat(pattern.matches(LONG)).isTrue();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 20; i++) {
                        assertThat(pattern.matches(LONG)).isTrue();
                    }
                })
                .isInstanceOf(BoundedPattern.RefusedException.class);
        assertThat(BoundedPattern.compile("x*").matches(LONG))
                .as("another one of the same expression")
                .isTrue();
    }

    @Test
    void whatIsNoExpressionOrTooLongOrTooDeepIsRefused() {
        assertThatThrownBy(() -> BoundedPattern.compile("(")).isInstanceOf(BoundedPattern.RefusedException.class);
        assertThat(BoundedPattern.compile("x".repeat(1_000)).matches("x")).isFalse();
        assertThatThrownBy(() -> BoundedPattern.compile("x".repeat(1_001)))
                .isInstanceOf(BoundedPattern.RefusedException.class);
        BoundedPattern deep = BoundedPattern.compile("(x|y)*");
        assertThatThrownBy(() -> deep.matches(LONG))
                .isInstanceOf(BoundedPattern.RefusedException.class)
                .hasMessage("The expression is too deep");
    }
}
