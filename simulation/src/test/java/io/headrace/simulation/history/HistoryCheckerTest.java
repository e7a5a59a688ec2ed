package io.headrace.simulation.history;

import static io.headrace.simulation.history.Judged.check;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Small histories written by hand, clean ones and one or more for each kind of anomaly. */
class HistoryCheckerTest {
    private static final String THREE_SENT = "0 1 1 send ok s:a:1@0 s:a:2@1 s:a:3@2";
    private static final String THREE_POLLED = "8 9 9 poll ok p:a:1@0 p:a:2@1 p:a:3@2";
    private static final String TWO_POLLED_THE_OTHER_WAY = "8 9 9 poll ok p:a:2@0 p:a:1@1";
    /** Sends what process 2 polls before it is over, and polls what comes of that. */
    private static final String LONG = "0 9 1 transaction ok p:b:1@0 s:a:1@0";

    private static final String POLLED_EARLY = "2 3 2 poll ok p:a:1@0";

    @Test
    void findsNothingInACleanHistory() {
        assertThat(check(
                        "0 1 1 send ok s:a:1@0 s:a:2@1",
                        "2 3 1 send ok s:a:3@2",
                        "2 3 2 send ok s:b:1@0",
                        "4 5 3 poll ok p:a:1@0 p:a:2@1 p:b:1@0",
                        "6 7 3 poll ok p:a:3@2"))
                .isEmpty();
    }

    @Test
    void passesOverTheHolesThatMarkersLeave() {
        assertThat(check(
                        "0 1 1 transaction ok s:a:1@0 s:a:2@1",
                        "2 3 1 transaction ok s:a:3@3",
                        "4 5 3 poll ok p:a:1@0 p:a:2@1 p:a:3@3"))
                .isEmpty();
    }

    @Test
    void knowsNothingOfWhatMayNotHaveHappened() {
        assertThat(check("0 1 1 send info s:a:1", "2 3 1 send ok s:a:2@0", "4 5 3 poll ok p:a:2@0"))
                .isEmpty();
        assertThat(check("0 1 1 send info s:a:1", "2 3 1 send ok s:a:2@1", "4 5 3 poll ok p:a:1@0 p:a:2@1"))
                .isEmpty();
        assertThat(check("0 1 1 send fail s:a:1", "2 3 1 send ok s:a:2@0", "4 5 3 poll ok p:a:2@0"))
                .isEmpty();
    }

    @Test
    void seesTwoValuesAtOneOffset() {
        assertThat(check(
                        "0 1 1 send ok s:a:1@0",
                        "2 3 1 send ok s:a:2@0",
                        "4 5 3 poll ok p:a:1@0",
                        "6 7 4 poll ok p:a:2@0"))
                .containsKey(AnomalyKind.INCONSISTENT_OFFSETS);
    }

    @Test
    void seesTwoReadersDisagree() {
        assertThat(check(
                        "0 1 1 send info s:a:1",
                        "2 3 1 send info s:a:2",
                        "4 5 3 poll ok p:a:1@0",
                        "6 7 4 poll ok p:a:2@0"))
                .containsOnlyKeys(AnomalyKind.INCONSISTENT_OFFSETS);
    }

    @Test
    void seesADuplicate() {
        assertThat(check("0 1 1 send ok s:a:1@0", "4 5 3 poll ok p:a:1@0 p:a:1@1"))
                .containsKey(AnomalyKind.DUPLICATE)
                .doesNotContainKey(AnomalyKind.LOST_WRITE);
    }

    @Test
    void seesAPhantom() {
        assertThat(check("4 5 3 poll ok p:a:1@0")).containsOnlyKeys(AnomalyKind.PHANTOM);
    }

    @Test
    void seesALostWrite() {
        assertThat(check("0 1 1 send ok s:a:1@0", "2 3 1 send ok s:a:2@1", "4 5 3 poll ok p:a:2@1"))
                .containsOnlyKeys(AnomalyKind.LOST_WRITE);
    }

    @Test
    void seesTheOtherHalfOfAnUncertainTransactionLost() {
        assertThat(check(
                        "0 1 1 transaction info s:a:1@0 s:b:1@0",
                        "2 3 2 send ok s:b:2@1",
                        "4 5 3 poll ok p:a:1@0",
                        "6 7 3 poll ok p:b:2@1"))
                .containsOnlyKeys(AnomalyKind.LOST_WRITE);
    }

    @Test
    void seesWhatWasNeverPolled() {
        assertThat(check("0 1 1 send ok s:a:1@0", "2 3 1 send ok s:a:2@1", "4 5 3 poll ok p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.UNSEEN);
        assertThat(check("0 1 1 transaction info s:a:1 s:b:1", "4 5 3 poll ok p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.UNSEEN);
    }

    @Test
    void seesAnAbortedRead() {
        assertThat(check("0 1 1 transaction fail s:a:1", "4 5 3 poll ok p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.G1A);
    }

    @Test
    void seesATransactionReadItself() {
        assertThat(check("0 1 1 transaction ok s:a:1@0 p:a:1@0")).containsOnlyKeys(AnomalyKind.PRECOMMITTED_READ);
    }

    @Test
    void seesTransactionsReadFromEachOther() {
        assertThat(check("0 9 1 transaction ok s:a:1@0 p:b:1@0", "0 9 2 transaction ok s:b:1@0 p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.G1C);
        assertThat(check(
                        "0 9 1 transaction ok s:a:1@0 p:c:1@0",
                        "0 9 2 transaction ok s:b:1@0 p:a:1@0",
                        "0 9 3 transaction ok s:c:1@0 p:b:1@0",
                        "0 9 4 transaction ok s:d:1@0 p:c:1@0",
                        "0 9 4 poll ok p:d:1@0"))
                .containsEntry(AnomalyKind.G1C, 1);
    }

    /** As clients record it that poll the same partitions that they send to, between their sends. */
    @Test
    void seesReadsOfWhatIsNotCommittedBetweenSends() {
        String sends = "0 5 5 transaction ok s:a:1@0 s:b:2@0 s:a:3@1";
        String pollsThem = "3 9 6 transaction ok s:a:4@3 p:a:1@0 p:a:3@1 s:b:5@2 p:b:2@0";
        String pollsAll = "10 14 7 transaction ok p:a:1@0 p:a:3@1 p:a:4@3 s:a:6@5 p:b:2@0 p:b:5@2";
        String all = "20 21 8 poll ok p:a:1@0 p:a:3@1 p:a:4@3 p:a:6@5 p:b:2@0 p:b:5@2";
        assertThat(check(sends, pollsThem, pollsAll, all)).isEmpty();
        assertThat(check(sends, pollsThem, pollsAll + " p:a:6@5", all)).containsOnlyKeys(AnomalyKind.PRECOMMITTED_READ);
        assertThat(check(sends, pollsThem.replace(" p:b:2@0", " p:b:2@0 p:b:5@2"), pollsAll, all))
                .containsOnlyKeys(AnomalyKind.PRECOMMITTED_READ);
        assertThat(check(sends + " p:b:5@2", pollsThem, pollsAll, all)).containsOnlyKeys(AnomalyKind.G1C);
        assertThat(check(sends, pollsThem.replace("6 transaction ok", "6 transaction fail"), pollsAll, all))
                .containsOnlyKeys(AnomalyKind.G1A);
    }

    @Test
    void tellsWritesInACircleFromReadsInACircle() {
        assertThat(check(
                        "0 9 1 transaction ok s:a:1@0 s:b:1@1",
                        "0 9 2 transaction ok s:a:2@1 s:b:2@0",
                        "0 9 3 poll ok p:a:1@0 p:a:2@1 p:b:2@0 p:b:1@1"))
                .containsOnlyKeys(AnomalyKind.G0);
    }

    @Test
    void seesGapsAndStepsBackInsideAPoll() {
        assertThat(check(THREE_SENT, "2 3 3 poll ok p:a:1@0 p:a:3@2", "2 3 4 poll ok p:a:2@1"))
                .containsOnlyKeys(AnomalyKind.INT_POLL_SKIP);
        assertThat(check("0 1 1 send ok s:a:1@0 s:a:2@1", "2 3 3 poll ok p:a:2@1 p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.INT_NONMONOTONIC_POLL);
    }

    @Test
    void seesGapsAndStepsBackBetweenPolls() {
        assertThat(check(THREE_SENT, THREE_POLLED, "2 3 3 poll ok p:a:1@0", "4 5 3 poll ok p:a:3@2"))
                .containsOnlyKeys(AnomalyKind.POLL_SKIP);
        assertThat(check(THREE_SENT, THREE_POLLED, "2 3 3 poll ok p:a:2@1", "4 5 3 poll ok p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.NONMONOTONIC_POLL);
        assertThat(check(THREE_SENT, THREE_POLLED, "2 3 3 poll ok p:a:2@1", "4 4 3 assign ok", "4 5 3 poll ok p:a:1@0"))
                .isEmpty();
        assertThat(check(
                        THREE_SENT,
                        THREE_POLLED,
                        "2 3 3 poll ok p:a:2@1",
                        "4 4 3 assign ok a b",
                        "4 5 3 poll ok p:a:1@0"))
                .containsOnlyKeys(AnomalyKind.NONMONOTONIC_POLL);
    }

    @Test
    void seesTheOrderOfSends() {
        assertThat(check("0 1 1 send ok s:a:1@0 s:a:3@2", "0 1 2 send ok s:a:2@1", THREE_POLLED))
                .containsOnlyKeys(AnomalyKind.INT_SEND_SKIP, AnomalyKind.G0);
        assertThat(check("0 1 1 send ok s:a:2@1 s:a:1@0", "0 1 2 send ok s:a:3@2", THREE_POLLED))
                .containsOnlyKeys(AnomalyKind.INT_NONMONOTONIC_SEND);
        assertThat(check("0 1 1 send ok s:a:2@1", "2 3 1 send ok s:a:1@0", "0 1 2 send ok s:a:3@2", THREE_POLLED))
                .containsOnlyKeys(AnomalyKind.NONMONOTONIC_SEND, AnomalyKind.SEND_AGAINST_TIME, AnomalyKind.G0_PROCESS);
    }

    @Test
    void seesARecordAfterAnotherThatWasSentLater() {
        assertThat(check("0 1 1 send ok s:a:1@1", "2 3 2 send ok s:a:2@0", TWO_POLLED_THE_OTHER_WAY))
                .containsOnlyKeys(AnomalyKind.SEND_AGAINST_TIME, AnomalyKind.G0_REALTIME);
        assertThat(check("0 1 1 send ok s:a:1@1", "2 3 2 send info s:a:2", TWO_POLLED_THE_OTHER_WAY))
                .containsOnlyKeys(AnomalyKind.SEND_AGAINST_TIME, AnomalyKind.G0_REALTIME);
        assertThat(check("0 1 1 transaction ok s:a:1@1", "2 3 2 transaction ok s:a:2@0", TWO_POLLED_THE_OTHER_WAY))
                .containsOnlyKeys(AnomalyKind.SEND_AGAINST_TIME, AnomalyKind.G0_REALTIME);
        // At the same time, or nobody knows when
        assertThat(check("0 2 1 send ok s:a:1@1", "2 3 2 send ok s:a:2@0", TWO_POLLED_THE_OTHER_WAY))
                .isEmpty();
        assertThat(check("0 5 1 transaction ok s:a:1@1", "2 3 2 transaction ok s:a:2@0", TWO_POLLED_THE_OTHER_WAY))
                .isEmpty();
        assertThat(check("0 1 1 send info s:a:1", "2 3 2 send ok s:a:2@0", TWO_POLLED_THE_OTHER_WAY))
                .isEmpty();
        // In other partitions
        assertThat(check("0 1 1 send ok s:b:1@1", "2 3 2 send ok s:a:2@0", "8 9 9 poll ok p:a:2@0 p:b:1@1"))
                .isEmpty();
    }

    /** Process 2 reads 1 before its transaction is committed, and sends what that reads in the end. */
    @Test
    void seesByTheOrderOfAProcessThatARecordWasReadTooEarly() {
        assertThat(check(POLLED_EARLY, "4 5 2 send ok s:b:1@0", LONG)).containsOnlyKeys(AnomalyKind.G1C_PROCESS);
        // Within a millisecond the order of the lines counts, but for sends, which may overlap
        assertThat(check(POLLED_EARLY, "3 4 2 transaction ok s:b:1@0", LONG)).containsOnlyKeys(AnomalyKind.G1C_PROCESS);
        assertThat(check(POLLED_EARLY, "3 4 2 send ok s:b:1@0", LONG)).isEmpty();
        // By way of something else
        assertThat(check(
                        POLLED_EARLY,
                        "3 3 2 poll ok p:c:1@0",
                        "3 4 2 transaction ok s:b:1@0",
                        "0 1 3 send ok s:c:1@0",
                        LONG))
                .containsOnlyKeys(AnomalyKind.G1C_PROCESS);
        // Not one after the other, or not by the same process
        assertThat(check("2 4 2 poll ok p:a:1@0", "3 4 2 transaction ok s:b:1@0", LONG))
                .isEmpty();
        assertThat(check(POLLED_EARLY, "3 4 3 transaction ok s:b:1@0", LONG)).isEmpty();
    }

    @Test
    void seesByTheClockThatARecordWasReadTooEarly() {
        assertThat(check(POLLED_EARLY, "4 5 3 send ok s:b:1@0", LONG)).containsOnlyKeys(AnomalyKind.G1C_REALTIME);
        assertThat(check(POLLED_EARLY, "4 5 3 send info s:b:1", LONG)).containsOnlyKeys(AnomalyKind.G1C_REALTIME);
        assertThat(check(
                        POLLED_EARLY,
                        "4 5 3 transaction ok s:c:1@0",
                        "5 6 4 poll ok p:c:1@0",
                        "7 8 5 send ok s:b:1@0",
                        LONG))
                .containsOnlyKeys(AnomalyKind.G1C_REALTIME);
        // At the same time, or nobody knows when
        assertThat(check("2 4 2 poll ok p:a:1@0", "4 5 3 send ok s:b:1@0", LONG))
                .isEmpty();
        String last = "10 11 4 poll ok p:a:1@0 p:c:1@0";
        assertThat(check("2 3 2 transaction info p:a:1@0 s:c:1", "4 5 3 send ok s:b:1@0", LONG, last))
                .isEmpty();
        assertThat(check("2 3 2 transaction fail p:a:1@0", "4 5 3 send ok s:b:1@0", LONG, "10 11 4 poll ok p:a:1@0"))
                .isEmpty();
    }

    /** Two short ones, one after the other, beside a long one: what each sent lies where it was sent. */
    @Test
    void allowsCirclesOfWritesThatNeedTime() {
        String open = "0 9 2 transaction ok s:a:1@0 s:b:2@1";
        String all = "20 21 9 poll ok p:a:1@0 p:a:2@1 p:b:1@0 p:b:2@1";
        assertThat(check("0 1 1 transaction ok s:b:1@0", "2 3 1 transaction ok s:a:2@1", open, all))
                .isEmpty();
        assertThat(check("0 1 1 transaction ok s:a:2@1", "2 3 1 transaction ok s:b:1@0", open, all))
                .containsOnlyKeys(AnomalyKind.G0_PROCESS);
        assertThat(check("0 1 1 transaction ok s:a:2@1", "2 3 3 transaction ok s:b:1@0", open, all))
                .containsOnlyKeys(AnomalyKind.G0_REALTIME);
        assertThat(AnomalyKind.allowedByKafka()).contains(AnomalyKind.G0_PROCESS, AnomalyKind.G0_REALTIME);
    }

    @Test
    void refusesAnOperationThatEndsBeforeItBegins() {
        assertThatThrownBy(() -> check("2 1 1 send ok s:a:1@0")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takesAGroupsOffsetForARegister() {
        assertThat(check(
                        "0 0 1 committed ok f:g/a",
                        "0 2 1 commit ok c:g/a@5",
                        "1 1 2 committed ok f:g/a@5",
                        "3 4 1 commit info c:g/a@9",
                        "5 6 2 committed ok f:g/a@5",
                        "7 8 2 committed ok f:g/a@9"))
                .isEmpty();
        assertThat(check("0 1 1 commit ok c:g/a@5", "2 3 1 commit ok c:g/a@9", "5 6 2 committed ok f:g/a@5"))
                .containsOnlyKeys(AnomalyKind.STALE_COMMIT);
        assertThat(check("0 1 1 commit ok c:g/a@5", "5 6 2 committed ok f:g/a"))
                .containsOnlyKeys(AnomalyKind.STALE_COMMIT);
        assertThat(check("0 1 1 commit fail c:g/a@5", "5 6 2 committed ok f:g/a@5"))
                .containsOnlyKeys(AnomalyKind.STALE_COMMIT);
    }

    @Test
    void measuresHowOldAndHowOftenPolledWhatWasPolledIs() {
        Findings findings = Judged.findings(List.of(
                "0 1 1 send ok s:a:1@0",
                "2 3 1 send ok s:a:2@1",
                "4 9 1 send info s:a:3@2",
                "1 2 3 poll ok p:a:1@0",
                "10 11 4 poll ok p:a:1@0",
                "10 11 4 poll ok p:a:2@1",
                "20 21 5 committed ok f:g/a",
                "22 23 5 poll ok p:a:1@0 p:a:2@1 p:a:3@2",
                "24 25 6 committed ok f:g/a",
                "26 27 6 transaction fail p:a:1@0",
                "28 29 6 transaction ok p:a:1@0 p:a:2@1 p:a:3@2 c:g/a@3"));
        assertThat(findings.counts()).isEmpty();
        // Process 4 began at 10 to poll what was followed by something since 3; group g had all three twice.
        assertThat(findings.measures()).isEqualTo(new Measures(7, 3, 2));
        assertThat(findings.measures().and(new Measures(9, 1, 1))).isEqualTo(new Measures(9, 4, 2));
    }

    @Test
    void refusesTwoSendsOfOneValue() {
        assertThatThrownBy(() -> check("0 1 1 send ok s:a:1@0", "0 1 1 send ok s:a:1@1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsWhatItWrites() {
        for (String line : new String[] {
            "1000 1007 3 send ok s:orders-0:41@17 s:orders-0:42",
            "1003 1010 4 poll ok p:orders-0:40@16",
            "1011 1020 5 transaction info p:orders-0:40@16 s:copies-1:40",
            "1022 1022 4 assign ok orders-0 orders-1",
            "1030 1031 4 commit ok c:group/orders-0@17",
            "1040 1041 6 committed fail f:group/orders-0",
            "1050 1051 6 poll ok"
        }) {
            assertThat(HistoryText.format(HistoryText.parse(line))).isEqualTo(line);
        }
        assertThat(HistoryText.isOperation("# a remark")).isFalse();
        assertThatThrownBy(() -> HistoryText.parse("1 2 3 send ok x:a:1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HistoryText.parse("1 2 send")).isInstanceOf(IllegalArgumentException.class);
    }

    /** A large clean history is judged in seconds; one loss in it is found. */
    @Test
    void findsOneLossInALargeHistory() {
        assertThat(large(-1)).isEmpty();
        assertThat(large(123_457)).containsOnlyKeys(AnomalyKind.LOST_WRITE, AnomalyKind.INT_POLL_SKIP);
    }

    private static Map<AnomalyKind, Integer> large(long lost) {
        HistoryChecker checker = new HistoryChecker();
        Random random = new Random(1);
        long value = 0;
        for (long time = 0; value < 200_000; time += 2) {
            List<Step> sent = new ArrayList<>();
            List<Step> polled = new ArrayList<>();
            for (int left = random.nextInt(1, 20); left > 0; left--, value++) {
                sent.add(new Step(Action.SEND, "a", value, value));
                if (value != lost) {
                    polled.add(new Step(Action.POLL, "a", value, value));
                }
            }
            checker.add(Operation.of(1, Kind.SEND, Outcome.OK, time, time + 1, sent));
            checker.add(Operation.of(2, Kind.POLL, Outcome.OK, time, time + 1, polled));
        }
        return checker.check().counts();
    }
}
