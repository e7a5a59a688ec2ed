package io.headrace.core.group;

import static io.headrace.core.group.Bed.joinRequest;
import static io.headrace.core.group.Bed.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Members with an instance id of their own, which may restart without a rebalance (KIP-345). */
class StaticMembershipTest {
    private final Bed bed = new Bed();

    private JoinGroupResponse leaderOfTwo() {
        Answer<JoinGroupResponse> one = bed.joinStatic("i1");
        Answer<JoinGroupResponse> two = bed.joinStatic("i2");
        bed.advance(0);
        String leader = one.response().memberId();
        assertThat(one.response().leader()).isEqualTo(leader);
        String follower = two.response().memberId();
        bed.sync(follower, 1, Map.of());
        bed.sync(leader, 1, Map.of(leader, "p0", follower, "p1"));
        return one.response();
    }

    private String idOf(String instanceId) {
        return bed.describe().members().stream()
                .filter(member -> instanceId.equals(member.groupInstanceId()))
                .findFirst()
                .orElseThrow()
                .memberId();
    }

    @Test
    void aStaticMemberJoinsAtOnceWithAnIdMadeOfItsInstance() {
        Answer<JoinGroupResponse> joined = bed.joinStatic("i1");
        bed.advance(0);

        assertThat(joined.response().memberId()).startsWith("i1-");
        assertThat(joined.response().generationId()).isEqualTo(1);
    }

    @Test
    void aRestartedFollowerKeepsItsAssignmentWithoutARebalance() {
        leaderOfTwo();
        String oldId = idOf("i2");
        JoinGroupResponse back = bed.joinStatic("i2").response();

        assertThat(back.errorCode()).isZero();
        assertThat(back.generationId()).isEqualTo(1);
        assertThat(back.memberId()).isNotEqualTo(oldId).isEqualTo(idOf("i2"));
        assertThat(back.skipAssignment()).isFalse();
        assertThat(bed.state()).isEqualTo("Stable");
        assertThat(Bed.text(bed.sync(back.memberId(), 1, Map.of()).response().assignment()))
                .isEqualTo("p1");
        assertThat(bed.heartbeat(oldId, "i2", 1)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(bed.coordinator.digest()).isEqualTo(bed.replayed().digest());
    }

    @Test
    void aRestartedLeaderLearnsTheMembersAndSkipsTheAssignment() {
        leaderOfTwo();
        JoinGroupResponse back = bed.joinStatic("i1").response();

        assertThat(back.leader()).isEqualTo(back.memberId());
        assertThat(back.skipAssignment()).isTrue();
        assertThat(back.members()).hasSize(2);
    }

    @Test
    void anOlderRestartedLeaderIsNotToldThatItLeads() {
        String oldLeader = leaderOfTwo().memberId();
        JoinGroupResponse back =
                bed.join(joinRequest("", "i1", subscription("t")), 8).response();

        assertThat(back.leader()).isEqualTo(oldLeader);
        assertThat(back.members()).isEmpty();
    }

    @Test
    void theNewIdIsDurableBeforeItIsToldAndTheOldOneComesBackIfItCannotBeStored() {
        leaderOfTwo();
        String oldId = idOf("i2");
        bed.holdAppends = true;
        Answer<JoinGroupResponse> back = bed.joinStatic("i2");
        assertThat(back.isOutstanding()).isTrue();
        bed.fail(ErrorCode.KAFKA_STORAGE_ERROR);

        assertThat(ErrorCode.forCode(back.response().errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(idOf("i2")).isEqualTo(oldId);
        assertThat(bed.heartbeat(oldId, "i2", 1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aSecondInstanceFencesTheFirstOneThatStillWaits() {
        Answer<JoinGroupResponse> first = bed.joinStatic("i1");
        Answer<JoinGroupResponse> second = bed.joinStatic("i1");
        bed.advance(0);

        assertThat(ErrorCode.forCode(first.response().errorCode())).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(second.response().errorCode()).isZero();
    }

    @Test
    void aRestartBeforeTheAssignmentRebalancesAgain() {
        Answer<JoinGroupResponse> one = bed.joinStatic("i1");
        bed.advance(0);
        assertThat(one.response().generationId()).isEqualTo(1);
        Answer<JoinGroupResponse> back = bed.joinStatic("i1");

        assertThat(back.response().generationId()).isEqualTo(2);
    }

    @Test
    void staticMembersThatDoNotRejoinStayUntilTheirSessionEnds() {
        leaderOfTwo();
        bed.advance(5_000);
        Answer<JoinGroupResponse> third = bed.joinAnew();
        bed.heartbeat(idOf("i1"), "i1", 1);
        bed.heartbeat(idOf("i2"), "i2", 1);
        bed.advance(Bed.SESSION_MS - 1);
        assertThat(third.isOutstanding()).isTrue();
        bed.advance(1);

        assertThat(third.response().members()).hasSize(1);
    }

    /** Their deadline would lie in the present for ever, and whoever handles what is due would never come to an end. */
    @Test
    void staticMembersWithoutARebalanceTimeoutAreNotWaitedForWithoutPause() {
        for (int timeoutMs : new int[] {0, -1, Integer.MIN_VALUE}) {
            Bed impatient = new Bed();
            Answer<JoinGroupResponse> one = impatient.join(joinWithin("i1", timeoutMs), 9);
            Answer<JoinGroupResponse> two = impatient.join(joinWithin("i2", timeoutMs), 9);
            impatient.take(impatient.coordinator.onTimeout(impatient.nowMs));
            String leader = one.response().memberId();
            impatient.sync(two.response().memberId(), 1, Map.of());
            impatient.sync(leader, 1, Map.of(leader, "p0"));
            assertThat(impatient.state()).isEqualTo("Stable");
            String third = impatient.newMemberId();
            impatient.join(joinRequest(third, null, subscription("t")).setRebalanceTimeoutMs(timeoutMs), 9);
            assertThat(impatient.leave(third, null).response().errorCode()).isZero();
            assertThat(impatient.state()).isEqualTo("PreparingRebalance");

            int handled = 0;
            while (impatient.coordinator.nextDeadlineMs() <= impatient.nowMs && handled < 100) {
                impatient.take(impatient.coordinator.onTimeout(impatient.nowMs));
                handled++;
            }
            assertThat(handled).isLessThan(100);
            impatient.advance(Bed.SESSION_MS);
            assertThat(impatient.state()).isEqualTo("Empty");
        }
    }

    private static JoinGroupRequest joinWithin(String instanceId, int rebalanceTimeoutMs) {
        return joinRequest("", instanceId, subscription("t")).setRebalanceTimeoutMs(rebalanceTimeoutMs);
    }

    @Test
    void anAdministratorRemovesAMemberByItsInstance() {
        leaderOfTwo();

        assertThat(bed.leave("", "i2").response().members().get(0).errorCode()).isZero();
        assertThat(bed.state()).isEqualTo("PreparingRebalance");
        assertThat(bed.leave("wrong-id", "i1").response().members().get(0).errorCode())
                .isEqualTo(ErrorCode.FENCED_INSTANCE_ID.code());
    }

    @Test
    void theInstanceIdIsKnownAfterARestartOfTheBroker() {
        leaderOfTwo();
        String id = idOf("i2");
        bed.restart();

        assertThat(bed.heartbeat(id, "i2", 1)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.heartbeat("other", "i2", 1)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(bed.joinStatic("i2").response().generationId()).isEqualTo(1);
    }
}
