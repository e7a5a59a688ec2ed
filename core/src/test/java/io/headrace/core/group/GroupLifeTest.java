package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** Expiry, deletion, listing, and what survives a restart. */
class GroupLifeTest {
    private static final long DAY_MS = 24 * 3_600_000L;
    private static final long WEEK_MS = 7 * DAY_MS;

    private final Bed bed = new Bed();

    @Test
    void offsetsWithoutAGroupProtocolExpireAWeekAfterTheCommit() {
        bed.commit("", -1, "t", 1);
        bed.advance(WEEK_MS - 1_000_000);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.advance(1_600_000);

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.coordinator.size()).isZero();
        assertThat(bed.replayed().size()).isZero();
    }

    @Test
    void offsetsOfAGroupExpireAWeekAfterTheLastMemberLeft() {
        String member = bed.stableGroup();
        bed.commit(member, 1, "t", 1);
        bed.commit(member, 1, "other", 1);
        bed.advance(3_000);
        bed.leave(member, null);
        bed.advance(WEEK_MS - 1_000_000);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.advance(1_600_000);

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.coordinator.size()).isZero();
    }

    /** As of a machine whose clock was wrong when it started. */
    @Test
    void offsetsOutliveAClockThatWasPutRightAndARestart() {
        bed.setWallClockAhead(30 * DAY_MS);
        bed.commit("", -1, "t", 1);
        String member = bed.stableGroup();
        bed.commit(member, 1, "of-a-group", 2);
        bed.leave(member, null);
        bed.restart();
        bed.advance(WEEK_MS - 1_000_000);
        assertThat(bed.offset("t")).isEqualTo(1);
        assertThat(bed.offset("of-a-group")).isEqualTo(2);
        bed.advance(1_600_000);
        assertThat(bed.coordinator.size()).isZero();
    }

    @Test
    void aClockThatWasAheadKeepsOffsetsNoLongerThanFromTheRestart() {
        bed.setWallClockAhead(30 * DAY_MS);
        bed.commit("", -1, "t", 1);
        bed.setWallClockAhead(-30 * DAY_MS);
        bed.restart();
        bed.advance(WEEK_MS - 1_000_000);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.advance(1_600_000);
        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    @Test
    void aLiveGroupKeepsTheOffsetsOfTopicsItReads() {
        Bed quick = new Bed(Bed.retaining(60_000, 10_000));
        String member = quick.stableGroup();
        quick.commit(member, 1, "t", 1);
        quick.commit(member, 1, "other", 1);
        for (int i = 0; i < 30; i++) {
            quick.advance(5_000);
            quick.heartbeat(member, 1);
        }

        assertThat(quick.offset("t")).isEqualTo(1);
        assertThat(quick.offset("other")).isEqualTo(-1);
    }

    @Test
    void nothingExpiresWhileTheGroupIsNotStable() {
        Bed quick = new Bed(Bed.retaining(20_000, 1_000));
        String member = quick.stableGroup();
        quick.commit(member, 1, "other", 1);
        quick.joinAnew();
        for (int i = 0; i < 10; i++) {
            quick.advance(5_000);
            quick.heartbeat(member, 1);
        }

        assertThat(quick.state()).isEqualTo("PreparingRebalance");
        assertThat(quick.offset("other")).isEqualTo(1);
    }

    @Test
    void aRetentionTimeGivenWithTheCommitCounts() {
        OffsetCommitRequest request = Bed.commitRequest("", -1, "t", 1).setRetentionTimeMs(DAY_MS);
        bed.commit(request);
        bed.restart();
        bed.advance(DAY_MS - 1_000_000);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.advance(1_600_000);

        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    @Test
    void expiryDoesNotTouchWhatATransactionHasStaged() {
        bed.commit("", -1, "t", 1);
        bed.advance(WEEK_MS - 1_000);
        bed.commitInTransaction(7, "t", 2);
        bed.advance(DAY_MS);

        assertThat(bed.offset("t")).isEqualTo(1);
        bed.coordinator.applyTransactionEnd(7, true);
        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void expiryThatCouldNotBeWrittenIsTriedAgain() {
        bed.commit("", -1, "t", 1);
        bed.advance(WEEK_MS - 1_000);
        bed.holdAppends = true;
        bed.advance(DAY_MS);
        assertThat(bed.held).hasSize(1);
        bed.fail(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.advance(600_000);

        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    @Test
    void offsetsGoWithTheirTopic() {
        UUID id = new UUID(3, 3);
        OffsetCommitRequest older = Bed.commitRequest("", -1, "t", 1);
        bed.commit(older);
        OffsetCommitRequest other = Bed.commitRequest("", -1, "u", 1);
        other.topics().get(0).setTopicId(new UUID(4, 4));
        bed.commit(other);
        bed.take(bed.coordinator.onTopicsDeleted(
                List.of(new DeletedTopic("t", id), new DeletedTopic("u", id)), bed.nowMs));

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.offset("u")).as("of another topic of that name").isEqualTo(1);
    }

    @Test
    void topicDeletionWaitsForCommitsOnTheirWay() {
        bed.holdAppends = true;
        bed.commit(Bed.commitRequest("", -1, "t", 1));
        bed.take(bed.coordinator.onTopicsDeleted(List.of(new DeletedTopic("t", new UUID(3, 3))), bed.nowMs));
        bed.release();

        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    @Test
    void onlyEmptyGroupsCanBeDeleted() {
        assertThat(deleted()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        String member = bed.stableGroup();
        bed.commit(member, 1, "t", 1);
        assertThat(deleted()).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        bed.leave(member, null);
        assertThat(deleted()).isEqualTo(ErrorCode.NONE);

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.coordinator.size()).isZero();
        assertThat(bed.replayed().digest()).isEmpty();
    }

    private ErrorCode deleted() {
        return ErrorCode.forCode(bed.deleteGroup().response().get(0).errorCode());
    }

    @Test
    void aGroupWhoseDeletionIsOnItsWayAsksForPatienceAndComesBackIfItFails() {
        bed.commit("", -1, "t", 1);
        bed.holdAppends = true;
        var deletion = bed.deleteGroup();

        assertThat(ErrorCode.forCode(bed.join("").response().errorCode()))
                .isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(bed.commit("", -1, "t", 2)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.fail(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(deletion.response().get(0).errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(bed.commit("", -1, "t", 2)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void groupsAreListedByStateAndType() {
        bed.stableGroup();

        assertThat(bed.coordinator.listGroups(List.of(), List.of())).hasSize(1);
        assertThat(bed.coordinator.listGroups(List.of(" stable "), List.of("Classic")))
                .satisfiesExactly(group -> {
                    assertThat(group.groupState()).isEqualTo("Stable");
                    assertThat(group.groupType()).isEqualTo("classic");
                    assertThat(group.protocolType()).isEqualTo("consumer");
                });
        assertThat(bed.coordinator.listGroups(List.of("Empty"), List.of())).isEmpty();
        assertThat(bed.coordinator.listGroups(List.of(), List.of("share"))).isEmpty();
    }

    @Test
    void describingShowsMembersAndTheirAssignment() {
        String member = bed.stableGroup();

        var group = bed.describe();
        assertThat(group.protocolType()).isEqualTo("consumer");
        assertThat(group.protocolData()).isEqualTo("range");
        assertThat(group.members()).satisfiesExactly(described -> {
            assertThat(described.memberId()).isEqualTo(member);
            assertThat(described.clientId()).isEqualTo("client");
            assertThat(described.clientHost()).isEqualTo("/10.0.0.7");
            assertThat(Bed.text(described.memberAssignment())).isEqualTo("p0");
            assertThat(described.memberMetadata()).isEqualTo(Bed.subscription("t"));
        });
    }

    @Test
    void aGroupThatDoesNotExistIsDeadAndSinceVersionSixAnError() {
        var newer = bed.coordinator.describeGroups(List.of("x"), (short) 6).get(0);
        assertThat(newer.groupState()).isEqualTo("Dead");
        assertThat(newer.errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
        var older = bed.coordinator.describeGroups(List.of("x"), (short) 5).get(0);
        assertThat(older.groupState()).isEqualTo("Dead");
        assertThat(older.errorCode()).isZero();
    }

    // Restart

    @Test
    void aStableGroupGoesOnAfterARestart() {
        String member = bed.stableGroup();
        bed.commit(member, 1, "t", 5);
        bed.restart();

        assertThat(bed.state()).isEqualTo("Stable");
        assertThat(bed.offset("t")).isEqualTo(5);
        bed.advance(Bed.SESSION_MS - 1);
        assertThat(bed.heartbeat(member, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(Bed.text(bed.sync(member, 1, Map.of()).response().assignment()))
                .isEqualTo("p0");
        Answer<JoinGroupResponse> rejoined = bed.join(member);
        assertThat(rejoined.response().generationId()).isEqualTo(2);
    }

    @Test
    void membersThatDoNotComeBackAfterARestartAreDropped() {
        String member = bed.stableGroup();
        bed.restart();
        bed.advance(Bed.SESSION_MS);

        assertThat(bed.heartbeat(member, 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(bed.state()).isEqualTo("Empty");
    }

    @Test
    void replayTakesRecordsInAnyOrderAndIgnoresWhatItDoesNotKnow() {
        bed.commit("", -1, "t", 1);
        bed.stableGroup();
        GroupCoordinator fresh = new GroupCoordinator(GroupSettings.defaults(), () -> new UUID(0, 0));
        fresh.replay(
                0,
                -1,
                (short) -1,
                ByteBuffer.wrap(GroupRecords.encode(new GroupChange.GroupDeleted("x"), new RecordTime())
                        .key()),
                null);
        fresh.replay(
                1,
                -1,
                (short) -1,
                ByteBuffer.wrap(GroupRecords.encode(new GroupChange.OffsetDeleted("x", "t", 3), new RecordTime())
                        .key()),
                null);
        fresh.replay(
                2, -1, (short) -1, ByteBuffer.wrap(new byte[] {0, 5, 0, 1, 'g'}), ByteBuffer.wrap(new byte[] {0, 0}));
        fresh.replay(3, -1, (short) -1, null, ByteBuffer.wrap(new byte[] {0, 0}));
        for (int i = bed.log.size() - 1; i >= 0; i--) {
            StateRecord record = bed.log.get(i).record();
            byte[] value = record.value();
            fresh.replay(
                    i, -1, (short) -1, ByteBuffer.wrap(record.key()), value == null ? null : ByteBuffer.wrap(value));
        }

        assertThat(fresh.size()).isEqualTo(1);
        assertThat(fresh.digest()).contains("g/t-0");
    }

    @Test
    void stagedOffsetsSurviveARestart() {
        bed.commitInTransaction(7, "t", 2);
        bed.restart();
        bed.coordinator.applyTransactionEnd(7, true);

        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void theLegacyFormatOfOffsetsIsRead() {
        byte[] key = {0, 0, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0};
        ByteBuffer value = ByteBuffer.allocate(2 + 8 + 2 + 8)
                .putShort((short) 0)
                .putLong(77)
                .putShort((short) 0)
                .putLong(bed.nowMs)
                .flip();
        bed.coordinator.replay(0, -1, (short) -1, ByteBuffer.wrap(key), value);

        assertThat(bed.offset("t")).isEqualTo(77);
    }

    @Test
    void whoeverWaitsIsSentAwayWhenTheLeadIsLost() {
        Answer<JoinGroupResponse> one = bed.joinAnew();
        Answer<JoinGroupResponse> two = bed.joinAnew();
        bed.advance(0);
        Answer<SyncGroupResponse> follower =
                bed.sync(two.response().memberId(), one.response().generationId(), Map.of());
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> commit =
                bed.commit(Bed.commitRequest("x", -1, "t", 1).setGroupId("other"));
        bed.take(bed.coordinator.onUnloaded(bed.nowMs));

        assertThat(follower.response().errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(Bed.errorOf(commit)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(bed.coordinator.nextDeadlineMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aGroupThatCouldNotBeCreatedIsGoneAndItsMembersKnow() {
        bed.holdAppends = true;
        Answer<JoinGroupResponse> joined = bed.join(Bed.joinRequest("", null, Bed.subscription("t")), 3);
        bed.fail(ErrorCode.KAFKA_STORAGE_ERROR);

        assertThat(joined.response().errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(bed.coordinator.size()).isZero();
    }

    @Test
    void partitionsAreChosenByTheHashOfTheGroupId() {
        for (String group : List.of("a", "console-consumer-12345", "prepared-commit-9", "second", "orders-7")) {
            assertThat(PartitionOfKey.of(group, 50)).as(group).isEqualTo(Utils.abs(group.hashCode()) % 50);
        }
        assertThat("prepared-commit-9".hashCode()).isNegative();
        assertThat(PartitionOfKey.of("prepared-commit-9", 50)).isEqualTo(19);
        assertThat(PartitionOfKey.of("polygenelubricants", 50))
                .as("hash is the smallest int")
                .isZero();
    }
}
