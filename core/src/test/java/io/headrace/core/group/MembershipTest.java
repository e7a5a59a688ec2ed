package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** SyncGroup, Heartbeat, LeaveGroup, and members that fall silent. */
class MembershipTest {
    private final Bed bed = new Bed();

    @Test
    void followersWaitForTheLeadersAssignment() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        String follower = two.response().memberId();

        Answer<SyncGroupResponse> followed = bed.sync(follower, 1, Map.of());
        assertThat(followed.isOutstanding()).isTrue();
        Answer<SyncGroupResponse> led = bed.sync(leader, 1, Map.of(leader, "p0", follower, "p1", "stranger", "p2"));
        assertThat(Bed.text(led.response().assignment())).isEqualTo("p0");
        assertThat(Bed.text(followed.response().assignment())).isEqualTo("p1");
        assertThat(followed.response().protocolName()).isEqualTo("range");
        assertThat(bed.state()).isEqualTo("Stable");
    }

    @Test
    void nobodyLearnsAnAssignmentBeforeItIsDurable() {
        Answer<JoinGroupResponse> joined = bed.joinAnew();
        bed.advance(0);
        bed.holdAppends = true;
        String member = joined.response().memberId();
        Answer<SyncGroupResponse> synced = bed.sync(member, 1, Map.of(member, "p0"));

        assertThat(synced.isOutstanding()).isTrue();
        assertThat(bed.state()).isEqualTo("CompletingRebalance");
        bed.release();
        assertThat(Bed.text(synced.response().assignment())).isEqualTo("p0");
    }

    @Test
    void anAssignmentThatCouldNotBeStoredLeadsToAnotherRebalance() {
        Answer<JoinGroupResponse> joined = bed.joinAnew();
        bed.advance(0);
        bed.holdAppends = true;
        String member = joined.response().memberId();
        Answer<SyncGroupResponse> synced = bed.sync(member, 1, Map.of(member, "p0"));
        bed.fail(ErrorCode.NOT_ENOUGH_REPLICAS);

        assertThat(error(synced)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(bed.state()).isEqualTo("PreparingRebalance");
        Answer<JoinGroupResponse> again = bed.join(member);
        assertThat(again.response().generationId()).isEqualTo(2);
        assertThat(Bed.text(bed.sync(member, 2, Map.of(member, "p0")).response().assignment()))
                .isEqualTo("p0");
    }

    @Test
    void aRebalanceDuringTheAssignmentsWriteMakesItVoid() {
        Answer<JoinGroupResponse> joined = bed.joinAnew();
        bed.advance(0);
        String member = joined.response().memberId();
        bed.holdAppends = true;
        Answer<SyncGroupResponse> synced = bed.sync(member, 1, Map.of(member, "p0"));
        Answer<JoinGroupResponse> other = bed.joinAnew();

        assertThat(error(synced)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        bed.release();
        assertThat(bed.state()).isEqualTo("PreparingRebalance");
        bed.join(member);
        assertThat(other.response().generationId()).isEqualTo(2);
    }

    @Test
    void aStableMemberMayAskForItsAssignmentAgain() {
        String member = bed.stableGroup();

        assertThat(Bed.text(bed.sync(member, 1, Map.of()).response().assignment()))
                .isEqualTo("p0");
    }

    @Test
    void syncChecksMemberGenerationAndProtocol() {
        String member = bed.stableGroup();

        assertThat(error(bed.sync("stranger", 1, Map.of()))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(error(bed.sync(member, 2, Map.of()))).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        Answer<SyncGroupResponse> otherProtocol = new Answer<>();
        SyncGroupRequest request = new SyncGroupRequest()
                .setGroupId(Bed.GROUP)
                .setMemberId(member)
                .setGenerationId(1)
                .setProtocolType("consumer")
                .setProtocolName("sticky");
        bed.take(bed.coordinator.syncGroup(otherProtocol, request, bed.nowMs));
        assertThat(error(otherProtocol)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void membersThatNeverAskForTheirAssignmentAreDropped() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        String lazy = two.response().memberId();
        bed.sync(leader, 1, Map.of(leader, "p0", lazy, "p1"));
        for (int elapsedMs = 0; elapsedMs < Bed.REBALANCE_MS; elapsedMs += 5_000) {
            bed.heartbeat(leader, 1);
            bed.heartbeat(lazy, 1);
            bed.advance(5_000);
        }

        assertThat(bed.state()).isEqualTo("PreparingRebalance");
        assertThat(bed.heartbeat(lazy, 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(bed.heartbeat(leader, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    }

    @Test
    void heartbeatsKeepAMemberAndSilenceLosesIt() {
        String member = bed.stableGroup();
        for (int i = 0; i < 10; i++) {
            bed.advance(Bed.SESSION_MS - 1);
            assertThat(bed.heartbeat(member, 1)).isEqualTo(ErrorCode.NONE);
        }
        bed.advance(Bed.SESSION_MS);

        assertThat(bed.heartbeat(member, 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(bed.state()).isEqualTo("Empty");
    }

    @Test
    void heartbeatsOfAnotherGenerationAreRefused() {
        String member = bed.stableGroup();

        assertThat(bed.heartbeat(member, 0)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(bed.heartbeat("stranger", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aMemberThatWaitsForUsIsNotLost() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        Answer<SyncGroupResponse> waiting = bed.sync(two.response().memberId(), 1, Map.of());
        for (int i = 0; i < 4; i++) {
            bed.advance(Bed.SESSION_MS - 1);
            bed.heartbeat(leader, 1);
        }

        assertThat(waiting.isOutstanding()).isTrue();
        bed.sync(leader, 1, Map.of());
        assertThat(error(waiting)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void leavingTriggersARebalanceAtOnce() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        String leader = one.response().leader();
        bed.sync(leader, 1, Map.of());

        LeaveGroupResponse left = bed.leave(leader, null).response();
        assertThat(left.members().get(0).errorCode()).isZero();
        assertThat(bed.heartbeat(two.response().memberId(), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    }

    @Test
    void theLastMemberLeavingEmptiesTheGroupInANewGeneration() {
        String member = bed.stableGroup();
        bed.holdAppends = true;
        Answer<LeaveGroupResponse> left = bed.leave(member, null);

        assertThat(left.isOutstanding()).as("answered when durable").isTrue();
        bed.release();
        assertThat(left.response().errorCode()).isZero();
        assertThat(bed.state()).isEqualTo("Empty");
        assertThat(bed.coordinator.digest())
                .contains("EMPTY generation 2")
                .isEqualTo(bed.replayed().digest());
    }

    @Test
    void strangersCannotLeave() {
        assertThat(bed.leave("stranger", null).response().members().get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
        bed.stableGroup();
        assertThat(bed.leave("stranger", null).response().members().get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
        assertThat(bed.leave("", "nobody").response().members().get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
    }

    @Test
    void olderClientsLeaveOneAtATime() {
        String member = bed.stableGroup();
        Answer<LeaveGroupResponse> stranger = new Answer<>();
        LeaveGroupRequest request =
                new LeaveGroupRequest().setGroupId(Bed.GROUP).setMemberId("stranger");
        bed.take(bed.coordinator.leaveGroup(stranger, (short) 2, request, bed.nowMs));
        Answer<LeaveGroupResponse> known = new Answer<>();
        bed.take(bed.coordinator.leaveGroup(known, (short) 2, request.setMemberId(member), bed.nowMs));

        assertThat(stranger.response().errorCode()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
        assertThat(known.response().errorCode()).isZero();
        assertThat(bed.state()).isEqualTo("Empty");
    }

    @Test
    void aPendingMemberMayLeaveAndFreesTheRebalance() {
        String first = bed.stableGroup();
        String pending = bed.newMemberId();
        Answer<JoinGroupResponse> again = bed.join(first);
        assertThat(again.isOutstanding()).isTrue();

        assertThat(bed.leave(pending, null).response().members().get(0).errorCode())
                .isZero();
        assertThat(again.response().generationId()).isEqualTo(2);
    }

    private static ErrorCode error(Answer<SyncGroupResponse> answer) {
        return ErrorCode.forCode(answer.response().errorCode());
    }
}
