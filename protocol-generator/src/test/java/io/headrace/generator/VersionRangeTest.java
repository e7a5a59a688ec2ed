package io.headrace.generator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VersionRangeTest {
    @Test
    void rangesAreReadAsKafkaWritesThem() {
        assertThat(VersionRange.parse("3")).isEqualTo(new VersionRange(3, 3));
        assertThat(VersionRange.parse("3-5")).isEqualTo(new VersionRange(3, 5));
        assertThat(VersionRange.parse("3+")).isEqualTo(new VersionRange(3, Short.MAX_VALUE));
        assertThat(VersionRange.parse("none").isEmpty()).isTrue();
        assertThat(VersionRange.parse("").isEmpty()).isTrue();
        for (String text : new String[] {"3", "3-5", "3+", "none"}) {
            assertThat(VersionRange.parse(text)).hasToString(text);
        }
    }

    @Test
    void conditionsNeedNoMoreThanWhatIsPossible() {
        VersionRange possible = VersionRange.parse("2-7");
        assertThat(VersionRange.parse("0+").condition(possible)).isEqualTo("true");
        assertThat(VersionRange.parse("8+").condition(possible)).isEqualTo("false");
        assertThat(VersionRange.parse("4+").condition(possible)).isEqualTo("version >= 4");
        assertThat(VersionRange.parse("0-4").condition(possible)).isEqualTo("version <= 4");
        assertThat(VersionRange.parse("3-5").condition(possible)).isEqualTo("version >= 3 && version <= 5");
        assertThat(VersionRange.parse("7+").condition(possible)).isEqualTo("version == 7");
    }

    @Test
    void anIntersectionThatIsEmptyIsNone() {
        assertThat(VersionRange.parse("0-3").intersect(VersionRange.parse("5+")))
                .isEqualTo(VersionRange.NONE);
        assertThat(VersionRange.parse("0-3").intersect(VersionRange.parse("2+")))
                .isEqualTo(new VersionRange(2, 3));
    }
}
