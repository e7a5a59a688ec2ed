package io.headrace.simulation.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories of clients in other processes, one of them as it was written by clients on librdkafka while the broker was killed. */
class HistoryReaderTest {
    private static List<String> read(String... lines) {
        List<String> operations = new ArrayList<>();
        HistoryReader reader = new HistoryReader(operation -> operations.add(HistoryText.format(operation)));
        Stream.of(lines).forEach(reader::line);
        reader.end();
        return operations;
    }

    @Test
    void aLaterLineEndsWhatAnEarlierOneBegan() {
        assertThat(read(
                        "# a remark",
                        "1 1 3 send invoke s:a:7",
                        "1 1 3 send invoke s:a:8",
                        "1 4 3 send ok s:a:7@0",
                        "1 5 3 send fail s:a:8",
                        "",
                        "6 6 4 commit invoke c:g/a@5",
                        "6 7 4 commit ok c:g/a@5"))
                .containsExactly("1 4 3 send ok s:a:7@0", "1 5 3 send fail s:a:8", "6 7 4 commit ok c:g/a@5");
    }

    @Test
    void whatNothingEndedIsUnknown() {
        assertThat(read(
                        "1 1 3 send invoke s:a:7",
                        "1 1 3 send invoke s:a:8",
                        "2 2 3 send ok s:b:9@1",
                        "6 6 4 commit invoke c:g/a@5",
                        "6 7 5 commit ok c:g/a@5"))
                .containsExactly(
                        "2 2 3 send ok s:b:9@1",
                        "6 7 5 commit ok c:g/a@5",
                        "1 1 3 send info s:a:7",
                        "1 1 3 send info s:a:8",
                        "6 6 4 commit info c:g/a@5");
    }

    @Test
    void aTransactionThatNothingEndedIsUnknownAsAWhole() {
        assertThat(read(
                        "1 1 3 transaction invoke s:a:7",
                        "1 2 3 transaction invoke s:b:7",
                        "1 3 3 transaction ok s:a:7@0 s:b:7@4",
                        "4 4 3 transaction invoke s:a:8",
                        "4 5 3 transaction invoke s:b:8"))
                .containsExactly("1 3 3 transaction ok s:a:7@0 s:b:7@4", "4 4 3 transaction info s:a:8 s:b:8");
    }

    @Test
    void aLineThatWasCutOffSaysNothing(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("history");
        Files.writeString(file, "1 1 3 send invoke s:a:77\n1 4 3 send ok s:a:7");
        List<String> operations = new ArrayList<>();
        HistoryReader reader = new HistoryReader(operation -> operations.add(HistoryText.format(operation)));
        reader.file(file);
        reader.end();
        assertThat(operations).containsExactly("1 1 3 send info s:a:77");
    }

    @Test
    void refusesWhatIsNoLineOfAHistory() {
        assertThatThrownBy(() -> read("1 1 3 send")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("1 1 3 send invoked s:a:1")).isInstanceOf(IllegalArgumentException.class);
    }

    // A recorded history, and what becomes of it when it is changed

    private static List<String> recorded() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(HistoryReaderTest.class.getResourceAsStream("librdkafka-history.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static Map<AnomalyKind, Integer> check(List<String> lines) {
        HistoryChecker checker = new HistoryChecker();
        HistoryReader reader = new HistoryReader(checker::add);
        lines.forEach(reader::line);
        reader.end();
        Map<AnomalyKind, Integer> counts = checker.check().counts();
        counts.keySet().removeAll(AnomalyKind.allowedByKafka());
        return counts;
    }

    /** A step in the middle of what was acknowledged and polled, as the line of its send has it. */
    private static String step(List<String> lines, Pattern line) {
        List<String> sent = lines.stream()
                .filter(line.asMatchPredicate())
                .map(text -> text.substring(text.lastIndexOf(' ') + 1))
                .toList();
        return sent.get(sent.size() / 2);
    }

    private static String polled(String sent) {
        return " p" + sent.substring(1);
    }

    private static final Pattern ACKNOWLEDGED = Pattern.compile(".* send ok .*");
    private static final Pattern ABORTED = Pattern.compile(".* transaction fail .*");

    @Test
    void findsNothingInARecordedHistory() throws IOException {
        assertThat(recorded()).anyMatch(line -> line.contains(" transaction info ") || line.contains(" invoke "));
        assertThat(recorded()).anyMatch(ABORTED.asMatchPredicate());
        assertThat(check(recorded())).isEmpty();
    }

    @Test
    void findsALossInARecordedHistory() throws IOException {
        String lost = polled(step(recorded(), ACKNOWLEDGED));
        assertThat(check(recorded().stream()
                        .map(line -> line.replace(lost + " ", " ").replaceAll(Pattern.quote(lost) + "$", ""))
                        .toList()))
                .containsEntry(AnomalyKind.LOST_WRITE, 1);
    }

    @Test
    void findsADuplicateInARecordedHistory() throws IOException {
        String once = polled(step(recorded(), ACKNOWLEDGED));
        String again = once.substring(0, once.indexOf('@') + 1) + "1000000000";
        assertThat(check(recorded().stream()
                        .map(line -> line.replaceAll(Pattern.quote(once) + "( |$)", once + again + "$1"))
                        .toList()))
                .containsEntry(AnomalyKind.DUPLICATE, 1)
                .doesNotContainKeys(AnomalyKind.LOST_WRITE, AnomalyKind.INCONSISTENT_OFFSETS);
    }

    @Test
    void findsAnOffsetWithTwoValuesInARecordedHistory() throws IOException {
        String sent = step(recorded(), ACKNOWLEDGED);
        long offset = Long.parseLong(sent.substring(sent.indexOf('@') + 1));
        String moved = sent.substring(0, sent.indexOf('@') + 1) + (offset - 1);
        assertThat(check(recorded().stream()
                        .map(line -> line.endsWith(" " + sent) ? line.replace(sent, moved) : line)
                        .toList()))
                .containsKeys(AnomalyKind.INCONSISTENT_OFFSETS, AnomalyKind.DUPLICATE);
    }

    @Test
    void findsAnAbortedRecordInARecordedHistory() throws IOException {
        List<String> lines = new ArrayList<>(recorded());
        String aborted = polled(step(lines, ABORTED)) + "@2000000000";
        int last = lines.size() - 1;
        while (!lines.get(last).contains(" poll ok ")) {
            last--;
        }
        lines.set(last, lines.get(last) + aborted);
        assertThat(check(lines)).containsEntry(AnomalyKind.G1A, 1);
    }
}
