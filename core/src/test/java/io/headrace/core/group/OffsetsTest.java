package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OffsetsTest {
    private final Bed bed = new Bed();

    @Test
    void offsetEpochAndMetadataComeBackAsCommitted() {
        String member = bed.stableGroup();
        assertThat(bed.commit(member, 1, "t", 42)).isEqualTo(ErrorCode.NONE);

        OffsetFetchResponsePartitions fetched = bed.committed("t");
        assertThat(fetched.committedOffset()).isEqualTo(42);
        assertThat(fetched.committedLeaderEpoch()).isEqualTo(4);
        assertThat(fetched.metadata()).isEqualTo("note");
        assertThat(bed.offset("other")).isEqualTo(-1);
    }

    @Test
    void allOffsetsOfAGroupAreFetchedWithoutNamingTopics() {
        bed.commit("", -1, "t", 1);
        bed.commit("", -1, "u", 2);

        OffsetFetchResponseGroup all = bed.fetch(null, false).response();
        assertThat(all.topics()).extracting(topic -> topic.name()).containsExactly("t", "u");
    }

    @Test
    void anOffsetIsNeitherAnsweredNorShownBeforeItIsDurable() {
        bed.commit("", -1, "t", 1);
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> second = bed.commit(Bed.commitRequest("", -1, "t", 2));

        assertThat(second.isOutstanding()).isTrue();
        assertThat(bed.offset("t")).isEqualTo(1);
        bed.release();
        assertThat(Bed.errorOf(second)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void aStableFetchWaitsForCommitsOnTheirWay() {
        bed.commit("", -1, "t", 1);
        bed.holdAppends = true;
        bed.commit(Bed.commitRequest("", -1, "t", 2));
        Answer<OffsetFetchResponseGroup> stable = bed.fetch("t", true);

        assertThat(stable.isOutstanding()).isTrue();
        bed.release();
        assertThat(stable.response().topics().get(0).partitions().get(0).committedOffset())
                .isEqualTo(2);
    }

    @Test
    void aFailedCommitLeavesTheOldOffset() {
        bed.commit("", -1, "t", 1);
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> refused = bed.commit(Bed.commitRequest("", -1, "t", 2));
        Answer<OffsetFetchResponseGroup> stable = bed.fetch("t", true);
        bed.fail(ErrorCode.NOT_ENOUGH_REPLICAS);

        assertThat(Bed.errorOf(refused)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(stable.response().errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(bed.offset("t")).isEqualTo(1);
    }

    @Test
    void aCommitThatTakesTooLongIsAnsweredAndMayStillCount() {
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> first = bed.commit(Bed.commitRequest("", -1, "t", 1));
        Answer<OffsetFetchResponseGroup> stable = bed.fetch("t", true);
        bed.advance(3_000);
        Answer<OffsetCommitResponse> second = bed.commit(Bed.commitRequest("", -1, "t", 2));
        bed.advance(1_999);
        assertThat(first.isOutstanding()).isTrue();
        bed.advance(1);
        assertThat(Bed.errorOf(first)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(stable.response().errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(second.isOutstanding()).isTrue();
        bed.advance(3_000);
        assertThat(Bed.errorOf(second)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        bed.release();

        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void oneOfTwoCommitsInFlightMayFail() {
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> first = bed.commit(Bed.commitRequest("", -1, "t", 1));
        bed.commit(Bed.commitRequest("", -1, "t", 2));
        bed.releaseOne();
        bed.fail(ErrorCode.KAFKA_STORAGE_ERROR);

        assertThat(Bed.errorOf(first)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.offset("t")).isEqualTo(1);
        assertThat(bed.coordinator.digest()).isEqualTo(bed.replayed().digest());
    }

    @Test
    void onlyMembersOfTheGenerationCommitToAGroupWithMembers() {
        String member = bed.stableGroup();

        assertThat(bed.commit("stranger", 1, "t", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(bed.commit(member, 0, "t", 1)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(bed.commit(member, -1, "t", 1)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(bed.commit("", -1, "t", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(bed.commit(Bed.commitRequest(member, 1, "t", 1).setGroupInstanceId("i")))
                .satisfies(answer -> assertThat(Bed.errorOf(answer)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID));
        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    @Test
    void aFencedStaticMemberCannotCommit() {
        Answer<JoinGroupResponse> old = bed.joinStatic("i");
        bed.advance(0);
        bed.joinStatic("i");
        OffsetCommitRequest late =
                Bed.commitRequest(old.response().memberId(), 1, "t", 1).setGroupInstanceId("i");

        assertThat(Bed.errorOf(bed.commit(late))).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    }

    @Test
    void membersMayCommitWhileARebalanceIsPreparedButNotBeforeTheirAssignment() {
        String member = bed.stableGroup();
        bed.joinAnew();
        assertThat(bed.state()).isEqualTo("PreparingRebalance");
        assertThat(bed.commit(member, 1, "t", 5)).isEqualTo(ErrorCode.NONE);

        bed.join(member);
        assertThat(bed.state()).isEqualTo("CompletingRebalance");
        assertThat(bed.commit(member, 2, "t", 6)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        assertThat(bed.offset("t")).isEqualTo(5);
    }

    @Test
    void aCommitCountsAsAHeartbeat() {
        String member = bed.stableGroup();
        for (int i = 0; i < 5; i++) {
            bed.advance(Bed.SESSION_MS - 1);
            assertThat(bed.commit(member, 1, "t", i)).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void aCommitWithAGenerationNeedsAGroup() {
        assertThat(bed.commit("m", 1, "t", 1)).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        Answer<OffsetCommitResponse> older = new Answer<>();
        bed.take(bed.coordinator.commitOffsets(older, (short) 8, Bed.commitRequest("m", 1, "t", 1), bed.nowMs));
        assertThat(Bed.errorOf(older)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    }

    @Test
    void aGroupWithoutMembersComesIntoBeingWithItsFirstOffset() {
        assertThat(bed.commit("", -1, "t", 1)).isEqualTo(ErrorCode.NONE);

        assertThat(bed.coordinator.listGroups(List.of(), List.of())).satisfiesExactly(group -> {
            assertThat(group.groupId()).isEqualTo(Bed.GROUP);
            assertThat(group.protocolType()).isEmpty();
            assertThat(group.groupState()).isEqualTo("Empty");
        });
    }

    @Test
    void metadataBeyondTheLimitIsRefusedForItsPartitionOnly() {
        OffsetCommitRequest request = Bed.commitRequest("", -1, "t", 1);
        request.topics().get(0).partitions().get(0).setCommittedMetadata("x".repeat(4097));
        assertThat(Bed.errorOf(bed.commit(request))).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);

        request.topics().get(0).partitions().get(0).setCommittedMetadata("x".repeat(4096));
        assertThat(Bed.errorOf(bed.commit(request))).isEqualTo(ErrorCode.NONE);
        request.topics().get(0).partitions().get(0).setCommittedMetadata(null);
        assertThat(Bed.errorOf(bed.commit(request))).isEqualTo(ErrorCode.NONE);
        assertThat(bed.committed("t").metadata()).isEmpty();
    }

    @Test
    void anOffsetOfATopicsFormerLifeIsNotShown() {
        UUID formerId = new UUID(1, 1);
        OffsetCommitRequest request = Bed.commitRequest("", -1, "t", 7);
        request.topics().get(0).setTopicId(formerId);
        bed.commit(request);

        assertThat(bed.offset("t")).as("asked by name").isEqualTo(7);
        assertThat(fetchById(new UUID(2, 2))).isEqualTo(-1);
        assertThat(fetchById(formerId)).isEqualTo(7);
    }

    private long fetchById(UUID topicId) {
        Answer<OffsetFetchResponseGroup> answer = new Answer<>();
        var topic = new io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics()
                .setName("t")
                .setTopicId(topicId)
                .setPartitionIndexes(List.of(0));
        var request = new io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup()
                .setGroupId(Bed.GROUP)
                .setTopics(List.of(topic));
        bed.take(bed.coordinator.fetchOffsets(answer, request, false, bed.nowMs));
        return answer.response().topics().get(0).partitions().get(0).committedOffset();
    }

    // Deleting

    @Test
    void offsetsOfTopicsNobodyReadsCanBeDeleted() {
        String member = bed.stableGroup();
        bed.commit(member, 1, "t", 1);
        bed.commit(member, 1, "other", 2);

        assertThat(bed.deleteOffset("t")
                        .response()
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode())
                .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC.code());
        assertThat(bed.deleteOffset("other")
                        .response()
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode())
                .isZero();
        assertThat(bed.offset("t")).isEqualTo(1);
        assertThat(bed.offset("other")).isEqualTo(-1);
    }

    @Test
    void offsetsOfGroupsThatAreNotOfConsumersCannotBeDeletedWhileTheyHaveMembers() {
        bed.join(Bed.joinRequest("", null, new byte[0]).setProtocolType("connect"), 3);
        bed.advance(0);

        assertThat(bed.deleteOffset("t").response().errorCode()).isEqualTo(ErrorCode.NON_EMPTY_GROUP.code());
    }

    @Test
    void consumersThatCannotBeUnderstoodReadEverything() {
        Answer<JoinGroupResponse> joined = bed.join(Bed.joinRequest("", null, new byte[] {0, 0, 0, 0, 0, 9}), 3);
        bed.advance(0);
        String member = joined.response().memberId();
        bed.sync(member, 1, Map.of());
        bed.commit(member, 1, "t", 1);

        assertThat(bed.deleteOffset("t")
                        .response()
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode())
                .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC.code());
    }

    @Test
    void deletingFromAGroupThatDoesNotExistIsAnError() {
        assertThat(bed.deleteOffset("t").response().errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
    }

    @Test
    void aDeletionOvertakesNoCommitBeforeIt() {
        bed.commit("", -1, "u", 1);
        bed.holdAppends = true;
        bed.commit(Bed.commitRequest("", -1, "t", 1));
        bed.deleteOffset("t");
        bed.release();

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.coordinator.digest()).isEqualTo(bed.replayed().digest());
    }

    // Transactions

    @Test
    void anOffsetInATransactionCountsOnceTheTransactionIsCommitted() {
        bed.commit("", -1, "t", 1);
        assertThat(bed.commitInTransaction(7, "t", 2)
                        .response()
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode())
                .isZero();

        assertThat(bed.offset("t")).isEqualTo(1);
        assertThat(bed.stableError()).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
        bed.coordinator.applyTransactionEnd(7, true);
        assertThat(bed.stableError()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void anAbortedTransactionLeavesNoTrace() {
        bed.commit("", -1, "t", 1);
        bed.commitInTransaction(7, "t", 2);
        bed.coordinator.applyTransactionEnd(7, false);

        assertThat(bed.stableError()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.offset("t")).isEqualTo(1);
    }

    @Test
    void theMarkerDecidesBetweenATransactionAndAPlainCommit() {
        bed.commitInTransaction(7, "t", 2);
        bed.commit("", -1, "t", 9);
        bed.endTransaction(7, true);
        assertThat(bed.offset("t")).as("committed before the marker").isEqualTo(2);

        bed.commit("", -1, "t", 10);
        assertThat(bed.offset("t")).as("committed behind the marker").isEqualTo(10);
    }

    @Test
    void theMarkerDecidesOverAPlainCommitThatIsOnItsWayToo() {
        bed.commitInTransaction(7, "t", 2);
        bed.holdAppends = true;
        bed.commit(Bed.commitRequest("", -1, "t", 9));
        bed.take(bed.coordinator.prepareCommit(7, bed.nowMs));
        bed.release();
        bed.coordinator.applyTransactionEnd(7, true);

        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void theMarkerDecidesOverATransactionWhoseMarkerIsOnItsWay() {
        bed.commitInTransaction(7, "t", 2);
        bed.commitInTransaction(8, "t", 3);
        bed.holdAppends = true;
        bed.take(bed.coordinator.prepareCommit(7, bed.nowMs));
        bed.coordinator.applyTransactionEnd(8, true);
        assertThat(bed.offset("t")).isEqualTo(3);
        bed.release();
        bed.coordinator.applyTransactionEnd(7, true);

        assertThat(bed.offset("t")).isEqualTo(2);
    }

    @Test
    void whatIsWrittenAgainBeforeTheMarkerBelongsToTheTransaction() {
        bed.commitInTransaction(7, "t", 2);
        bed.commitInTransaction(7, "u", 3);
        bed.commit("", -1, "t", 9);
        Step step = bed.coordinator.prepareCommit(7, bed.nowMs);

        assertThat(step.records()).as("the offset of u needs no second record").hasSize(1);
        assertThat(step.records().get(0).key())
                .isEqualTo(bed.log.get(0).record().key());
        assertThat(step.records().get(0).value())
                .isEqualTo(bed.log.get(0).record().value());
        assertThat(step.producerId()).isEqualTo(7);
        assertThat(step.producerEpoch()).isEqualTo((short) 3);
    }

    @Test
    void theEpochOfATransactionIsKnownAfterARestart() {
        bed.commitInTransaction(7, "t", 2);
        bed.commit("", -1, "t", 9);
        bed.restart();

        assertThat(bed.coordinator.prepareCommit(7, bed.nowMs).producerEpoch()).isEqualTo((short) 3);
    }

    @Test
    void nothingIsWrittenAgainForATransactionThatNobodyHasOvertaken() {
        bed.commit("", -1, "t", 1);
        bed.commitInTransaction(7, "t", 2);

        assertThat(bed.coordinator.prepareCommit(7, bed.nowMs).hasRecords()).isFalse();
        assertThat(bed.coordinator.prepareCommit(8, bed.nowMs).hasRecords()).isFalse();
    }

    @Test
    void aLogWithoutTheRecordsBeforeTheMarkerIsReadAsKafkaReadsIt() {
        bed.commitInTransaction(7, "t", 2);
        bed.commit("", -1, "t", 9);
        bed.coordinator.applyTransactionEnd(7, true);

        assertThat(bed.offset("t"))
                .as("the last record of a key counts, as compaction keeps no other")
                .isEqualTo(9);
    }

    @Test
    void anOffsetOnItsWayInATransactionIsUnstableAlready() {
        bed.commit("", -1, "t", 1);
        bed.holdAppends = true;
        bed.commitInTransaction(7, "t", 2);
        Answer<OffsetFetchResponseGroup> stable = bed.fetch("t", true);
        assertThat(stable.isOutstanding()).isTrue();
        bed.release();

        assertThat(stable.response().topics().get(0).partitions().get(0).errorCode())
                .isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
    }

    @Test
    void deletingAGroupTakesStagedOffsetsToo() {
        bed.commitInTransaction(7, "t", 2);
        bed.deleteGroup();
        bed.coordinator.applyTransactionEnd(7, true);

        assertThat(bed.offset("t")).isEqualTo(-1);
        assertThat(bed.stableError()).isEqualTo(ErrorCode.NONE);
    }
}
