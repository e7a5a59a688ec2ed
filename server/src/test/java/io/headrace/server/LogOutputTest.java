package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogOutputTest {
    private final LogOutput.LineFormatter formatter = new LogOutput.LineFormatter();

    @Test
    void aLineBeginsWithTheTimeInUtcAndTheLevel() {
        assertThat(line("2026-02-03T04:05:06.007Z", Level.INFO, "ready"))
                .isEqualTo("2026-02-03T04:05:06.007Z INFO  ["
                        + Thread.currentThread().getName() + "] ready\n");
        assertThat(line("2026-12-31T23:59:59.999Z", Level.SEVERE, "x")).startsWith("2026-12-31T23:59:59.999Z ERROR ");
        assertThat(line("2026-10-20T10:20:30Z", Level.WARNING, "x")).startsWith("2026-10-20T10:20:30.000Z WARN  ");
    }

    @Test
    void whatIsLoggedStaysOnItsLine() {
        assertThat(line("2026-02-03T04:05:06Z", Level.INFO, "group a\nb\u2028c"))
                .endsWith("] group a\\u000ab\\u2028c\n");
    }

    /** Topics, groups and client ids come as parameters, and are what clients say they are. */
    @Test
    void noControlCharacterOfANameIsWritten() {
        for (char c = 0; c < 0xa0; c++) {
            if (Character.isISOControl(c)) {
                LogRecord record = new LogRecord(Level.INFO, "Group {0} is empty");
                record.setParameters(new Object[] {"a" + c + "b"});
                assertThat(formatter.format(record)).endsWith(String.format("] Group a\\u%04xb is empty\n", (int) c));
            }
        }
    }

    @Test
    void noMessageOfAnExceptionBeginsALineOfItsOwn() {
        String forged = "a\n2026-02-03T04:05:06.007Z ERROR [main] b\r\tc";
        String told = "a\\u000a2026-02-03T04:05:06.007Z ERROR [main] b\\u000d\\u0009c";
        LogRecord record = new LogRecord(Level.SEVERE, "Reading failed");
        IOException thrown = new IOException(forged, new IllegalStateException(forged));
        thrown.addSuppressed(new IllegalArgumentException(forged));
        record.setThrown(thrown);
        List<String> lines = formatter.format(record).lines().toList();
        assertThat(lines.get(0)).endsWith("] Reading failed");
        assertThat(lines.get(1)).isEqualTo("java.io.IOException: " + told);
        assertThat(lines)
                .contains("Caused by: java.lang.IllegalStateException: " + told)
                .contains("\tSuppressed: java.lang.IllegalArgumentException: " + told);
        assertThat(lines.subList(2, lines.size()))
                .allMatch(line -> line.startsWith("Caused by: ") || line.startsWith("\t"));
        assertThat(lines.get(2)).startsWith("\tat " + LogOutputTest.class.getName());
    }

    private String line(String time, Level level, String message) {
        LogRecord record = new LogRecord(level, message);
        record.setInstant(Instant.parse(time));
        return formatter.format(record);
    }
}
