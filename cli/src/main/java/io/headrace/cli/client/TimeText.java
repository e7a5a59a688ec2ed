package io.headrace.cli.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the times and durations that people type, and writes times. */
public final class TimeText {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d+)(ms|s|m|h|d)?");
    private static final Pattern DIGITS = Pattern.compile("\\d+");

    private TimeText() {}

    /**
     * Reads {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 7d}, a plain number of seconds, or ISO 8601 such as
     * {@code PT1H}.
     */
    public static Duration duration(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text.trim().toLowerCase(Locale.ROOT));
        try {
            if (!matcher.matches()) {
                return Duration.parse(text.trim());
            }
            long number = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2);
            return Duration.of(number, unit == null ? ChronoUnit.SECONDS : unit(unit));
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a duration; expected something like 500ms, 10s, 5m, 2h, 7d");
        }
    }

    private static ChronoUnit unit(String unit) {
        switch (unit) {
            case "ms":
                return ChronoUnit.MILLIS;
            case "m":
                return ChronoUnit.MINUTES;
            case "h":
                return ChronoUnit.HOURS;
            case "d":
                return ChronoUnit.DAYS;
            default:
                return ChronoUnit.SECONDS;
        }
    }

    /**
     * Reads a point in time: milliseconds since 1970, a duration before now such as {@code -1h}, RFC 3339, or a date with
     * or without time in the local zone.
     *
     * @return milliseconds since 1970
     */
    public static long instantMs(String text, long nowMs, ZoneId zone) {
        String trimmed = text.trim();
        if (DIGITS.matcher(trimmed).matches()) {
            return Long.parseLong(trimmed);
        }
        if (trimmed.startsWith("-")) {
            return nowMs - duration(trimmed.substring(1)).toMillis();
        }
        try {
            if (trimmed.indexOf('T') < 0) {
                return LocalDate.parse(trimmed).atStartOfDay(zone).toInstant().toEpochMilli();
            }
            String tail = trimmed.substring(trimmed.indexOf('T'));
            if (tail.endsWith("Z") || tail.indexOf('+') >= 0 || tail.indexOf('-') >= 0) {
                return OffsetDateTime.parse(trimmed).toInstant().toEpochMilli();
            }
            return LocalDateTime.parse(trimmed).atZone(zone).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a time; expected 2026-01-31, 2026-01-31T12:00:00Z, -1h or milliseconds since 1970");
        }
    }

    /** RFC 3339 in UTC with milliseconds. */
    public static String rfc3339(long ms) {
        String text = Instant.ofEpochMilli(ms).toString();
        // Instant leaves the fraction out when it is zero; columns and parsers like it always there.
        return text.indexOf('.') < 0 && text.endsWith("Z") ? text.substring(0, text.length() - 1) + ".000Z" : text;
    }
}
