package io.headrace.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.jspecify.annotations.Nullable;

/** Sends the process's log to standard output, a line an event: time, level, thread, what happened. */
final class LogOutput {
    private LogOutput() {}

    /** Must run before anything logs: it chooses the process's log manager. */
    static void toStandardOutput() {
        System.setProperty("java.util.logging.manager", ToTheEnd.class.getName());
        Logger root = Logger.getLogger("");
        root.setLevel(Level.INFO);
        Handler handler = new StreamHandler(System.out, new LineFormatter()) {
            @Override
            public synchronized void publish(LogRecord record) {
                super.publish(record);
                flush();
            }

            @Override
            public synchronized void close() {
                flush(); // standard output is not ours to close
            }
        };
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
    }

    /** Java's own takes all handlers away as soon as the process begins to end, and with them what the broker says then. */
    public static final class ToTheEnd extends LogManager {
        @Override
        public void readConfiguration() {
            // Java's own defaults would be taken away again, and cost a start 20 ms.
        }

        @Override
        public void reset() {
            // Nothing holds what would have to be given back.
        }
    }

    /** The text without anything that would begin another line of a terminal or a log. */
    static String onOneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /**
     * Takes a stack trace in, which is printed line by line: each frame, and each exception with its message. A message may
     * repeat what a client sent, and stays on its line.
     */
    private static final class TraceLines extends PrintWriter {
        TraceLines(StringWriter out) {
            super(out);
        }

        @Override
        public void println(@Nullable Object line) {
            println(String.valueOf(line));
        }

        @Override
        public void println(@Nullable String line) {
            String text = String.valueOf(line);
            int indent = 0;
            while (indent < text.length() && text.charAt(indent) == '\t') {
                indent++;
            }
            write(text.substring(0, indent));
            write(onOneLine(text.substring(indent)));
            write('\n');
        }
    }

    static final class LineFormatter extends Formatter {
        @Override
        public String format(LogRecord record) {
            StringBuilder line = new StringBuilder(160);
            appendTime(line, record.getMillis());
            line.append(' ')
                    .append(level(record.getLevel()))
                    .append(" [")
                    .append(Thread.currentThread().getName())
                    .append("] ");
            // Clients choose some of what is logged, such as group ids: none of it may pass for a line of its own.
            line.append(onOneLine(formatMessage(record))).append('\n');
            if (record.getThrown() != null) {
                StringWriter trace = new StringWriter();
                record.getThrown().printStackTrace(new TraceLines(trace));
                line.append(trace);
            }
            return line.toString();
        }

        /** In UTC, such as 2026-02-03T04:05:06.789Z. Java's own formatter takes longer to load than an empty data directory. */
        private static void appendTime(StringBuilder line, long epochMs) {
            LocalDateTime time = LocalDateTime.ofEpochSecond(Math.floorDiv(epochMs, 1000L), 0, ZoneOffset.UTC);
            appendDigits(line, time.getYear(), 1000).append('-');
            appendDigits(line, time.getMonthValue(), 10).append('-');
            appendDigits(line, time.getDayOfMonth(), 10).append('T');
            appendDigits(line, time.getHour(), 10).append(':');
            appendDigits(line, time.getMinute(), 10).append(':');
            appendDigits(line, time.getSecond(), 10).append('.');
            appendDigits(line, Math.floorMod(epochMs, 1000), 100).append('Z');
        }

        /** Appends a number with zeros before it, so that {@code highestUnit} has a digit. */
        private static StringBuilder appendDigits(StringBuilder line, int value, int highestUnit) {
            for (int unit = highestUnit; unit > value && unit > 1; unit /= 10) {
                line.append('0');
            }
            return line.append(value);
        }

        private static String level(Level level) {
            int value = level.intValue();
            if (value >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (value >= Level.WARNING.intValue()) {
                return "WARN ";
            }
            return value >= Level.INFO.intValue() ? "INFO " : "DEBUG";
        }
    }
}
