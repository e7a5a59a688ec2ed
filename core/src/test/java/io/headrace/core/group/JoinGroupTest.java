package io.headrace.core.group;

import static io.headrace.core.group.Bed.joinRequest;
import static io.headrace.core.group.Bed.protocol;
import static io.headrace.core.group.Bed.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JoinGroupTest {
    private final Bed bed = new Bed();

    @Test
    void aNewMemberMustComeBackWithTheIdItIsGiven() {
        JoinGroupResponse first = bed.join("").response();

        assertThat(ErrorCode.forCode(first.errorCode())).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
        assertThat(first.memberId()).isEqualTo("client-00000000-0000-0000-0000-000000000001");
        Answer<JoinGroupResponse> second = bed.join(first.memberId());
        bed.advance(0);
        assertThat(second.response().errorCode()).isZero();
        assertThat(second.response().generationId()).isEqualTo(1);
        assertThat(second.response().leader()).isEqualTo(first.memberId());
        assertThat(second.response().protocolName()).isEqualTo("range");
        assertThat(second.response().members()).hasSize(1);
    }

    @Test
    void olderClientsJoinWithoutComingBack() {
        Answer<JoinGroupResponse> joined = bed.join(joinRequest("", null, subscription("t")), 3);
        bed.advance(0);

        assertThat(joined.response().errorCode()).isZero();
        assertThat(joined.response().generationId()).isEqualTo(1);
    }

    @Test
    void anIdThatIsNotUsedExpiresWithTheSession() {
        String memberId = bed.newMemberId();
        bed.advance(Bed.SESSION_MS);

        assertThat(error(bed.join(memberId))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aRebalanceWaitsForThoseWhoWereGivenAnId() {
        String first = bed.stableGroup();
        String second = bed.newMemberId();
        Answer<JoinGroupResponse> third = bed.join(joinRequest("", null, subscription("t")), 3);
        Answer<JoinGroupResponse> firstAgain = bed.join(first);

        assertThat(firstAgain.isOutstanding()).isTrue();
        Answer<JoinGroupResponse> secondJoined = bed.join(second);
        assertThat(third.response().generationId()).isEqualTo(2);
        assertThat(firstAgain.response().members()).hasSize(3);
        assertThat(secondJoined.response().members()).isEmpty();
    }

    @Test
    void theFirstRebalanceIsDelayedAsLongAsMembersKeepComing() {
        Bed slow = new Bed(GroupSettings.defaults());
        Answer<JoinGroupResponse> first = slow.joinAnew();
        slow.advance(2_000);
        Answer<JoinGroupResponse> second = slow.joinAnew();
        slow.advance(2_000);
        assertThat(first.isOutstanding()).as("second member extends the delay").isTrue();
        slow.advance(1_999);
        assertThat(first.isOutstanding()).isTrue();
        slow.advance(1);

        assertThat(first.response().members()).hasSize(2);
        assertThat(second.response().generationId()).isEqualTo(1);
    }

    @Test
    void theFirstRebalanceEndsAtTheRebalanceTimeoutHoweverManyCome() {
        Bed slow = new Bed(GroupSettings.defaults());
        Answer<JoinGroupResponse> first = slow.joinAnew();
        long startedMs = slow.nowMs;
        while (first.isOutstanding()) {
            slow.advance(1_000);
            slow.joinAnew();
        }

        assertThat(slow.nowMs - startedMs).isBetween((long) Bed.REBALANCE_MS, Bed.REBALANCE_MS + 3_000L);
    }

    @Test
    void membersThatDoNotRejoinInTimeAreDropped() {
        String first = bed.stableGroup();
        Answer<JoinGroupResponse> second = bed.joinAnew();
        bed.heartbeat(first, 1);
        while (second.isOutstanding()) {
            assertThat(bed.heartbeat(first, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
            bed.advance(1_000);
        }

        assertThat(second.response().generationId()).isEqualTo(2);
        assertThat(second.response().members()).hasSize(1);
        assertThat(second.response().leader()).isEqualTo(second.response().memberId());
        assertThat(bed.heartbeat(first, 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void theProtocolWithMostVotesAmongTheCommonOnesWins() {
        Answer<JoinGroupResponse> one = bed.join(offering("a", "range", "sticky"), 3);
        Answer<JoinGroupResponse> two = bed.join(offering("b", "sticky", "range"), 3);
        Answer<JoinGroupResponse> three = bed.join(offering("c", "own", "sticky", "range"), 3);
        bed.advance(0);

        assertThat(one.response().protocolName()).isEqualTo("sticky");
        assertThat(two.response().protocolName()).isEqualTo("sticky");
        assertThat(three.response().protocolName()).isEqualTo("sticky");
        assertThat(one.response().members())
                .allSatisfy(member -> assertThat(Bed.text(member.metadata())).endsWith("-sticky"));
    }

    private static JoinGroupRequest offering(String who, String... protocols) {
        return joinRequest("", null, new byte[0])
                .setProtocols(List.of(protocols).stream()
                        .map(name -> protocol(name, Bed.bytes(who + "-" + name)))
                        .toList());
    }

    @Test
    void aMemberWithoutACommonProtocolIsRefused() {
        bed.stableGroup();

        assertThat(error(bed.join(offering("x", "own"), 9))).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        JoinGroupRequest connect = offering("x", "range").setProtocolType("connect");
        assertThat(error(bed.join(connect, 9))).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void aRefusedJoinLeavesNoGroupBehind() {
        assertThat(error(bed.join(offering("x"), 9))).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);

        assertThat(bed.coordinator.size()).isZero();
        assertThat(bed.log).isEmpty();
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() {
        assertThat(error(bed.join(offering("x", "range").setGroupId(""), 9))).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        assertThat(error(bed.join(offering("x", "range").setSessionTimeoutMs(5_999), 9)))
                .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
        assertThat(error(bed.join(offering("x", "range").setSessionTimeoutMs(1_800_001), 9)))
                .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
        assertThat(error(bed.join("nobody"))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aFullGroupTakesNoMoreMembers() {
        Bed small = new Bed(Bed.settings(0, 1));
        small.stableGroup();

        JoinGroupResponse refused = small.join("").response();
        assertThat(ErrorCode.forCode(refused.errorCode())).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        assertThat(refused.memberId()).isEmpty();
        assertThat(small.state()).isEqualTo("Stable");
    }

    @Test
    void theLeaderRejoiningForcesARebalanceButAnUnchangedFollowerDoesNot() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        String follower = one.response().memberId().equals(leader)
                ? two.response().memberId()
                : one.response().memberId();
        bed.sync(follower, 1, Map.of());
        bed.sync(leader, 1, Map.of(leader, "p0", follower, "p1"));

        JoinGroupResponse followerAgain = bed.join(follower).response();
        assertThat(followerAgain.generationId()).isEqualTo(1);
        assertThat(followerAgain.members()).isEmpty();
        assertThat(bed.state()).isEqualTo("Stable");
        assertThat(bed.join(leader).isOutstanding()).isTrue();
        assertThat(bed.state()).isEqualTo("PreparingRebalance");
    }

    @Test
    void aFollowerWithNewMetadataForcesARebalance() {
        String member = bed.stableGroup();
        Answer<JoinGroupResponse> changed = bed.join(joinRequest(member, null, subscription("t", "u")), 9);

        assertThat(changed.response().generationId()).isEqualTo(2);
    }

    @Test
    void aRepeatedJoinBeforeTheAssignmentGetsTheSameGeneration() {
        Answer<JoinGroupResponse> first = bed.joinAnew();
        bed.advance(0);
        JoinGroupResponse again = bed.join(first.response().memberId()).response();

        assertThat(again).isEqualTo(first.response());
    }

    @Test
    void aMemberWaitingInItsFirstJoinIsDroppedAfterFiveMinutes() {
        Bed slow = new Bed();
        String first = slow.stableGroup();
        Answer<JoinGroupResponse> second =
                slow.join(joinRequest("", null, subscription("t")).setRebalanceTimeoutMs(3_600_000), 3);
        long startedMs = slow.nowMs;
        while (second.isOutstanding()) {
            slow.heartbeat(first, 1);
            slow.advance(5_000);
        }

        assertThat(error(second)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(slow.nowMs - startedMs).isEqualTo(300_000);
    }

    @Test
    void theLeadPassesToAMemberThatRejoined() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        String follower = one.response().memberId().equals(leader)
                ? two.response().memberId()
                : one.response().memberId();
        bed.sync(follower, 1, Map.of());
        bed.sync(leader, 1, Map.of());
        Answer<JoinGroupResponse> changed = bed.join(joinRequest(follower, null, subscription("u")), 9);
        while (changed.isOutstanding()) {
            bed.advance(1_000);
        }

        assertThat(changed.response().leader()).isEqualTo(follower);
        assertThat(changed.response().members()).hasSize(1);
    }

    private static ErrorCode error(Answer<JoinGroupResponse> answer) {
        return ErrorCode.forCode(answer.response().errorCode());
    }
}
