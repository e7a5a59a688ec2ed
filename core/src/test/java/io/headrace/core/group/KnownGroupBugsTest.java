package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bugs that Kafka's group coordinator had; see docs/known-kafka-bugs.md. */
class KnownGroupBugsTest {
    private final Bed bed = new Bed();

    /** Offsets expired by the time of their commit while their group was in the middle of a rebalance. */
    @Test
    void kafka13636OffsetsDoNotExpireInAnyStateOfARebalance() {
        Bed quick = new Bed(Bed.retaining(5_000, 1_000));
        String first = quick.stableGroup();
        assertThat(quick.commit(first, 1, "t", 1)).isEqualTo(ErrorCode.NONE);
        assertThat(quick.commit(first, 1, "other", 2)).isEqualTo(ErrorCode.NONE);
        String second = quick.newMemberId();
        quick.join(second);
        assertThat(quick.state()).isEqualTo("PreparingRebalance");
        keepAlive(quick, first, 1);
        assertThat(quick.offset("other")).isEqualTo(2);
        quick.join(first);
        assertThat(quick.state()).isEqualTo("CompletingRebalance");
        keepAlive(quick, first, 2, second);
        assertThat(quick.offset("other")).isEqualTo(2);
        assertThat(quick.offset("t")).isEqualTo(1);
    }

    private static void keepAlive(Bed quick, String member, int generation, String... others) {
        for (int i = 0; i < 8; i++) {
            quick.advance(1_000);
            quick.heartbeat(member, generation);
            for (String other : others) {
                quick.heartbeat(other, generation);
            }
        }
    }

    /** After a change of coordinator the new one answered before it had read the offsets, and the old one still answered. */
    @Test
    void kafka4362TheCoordinatorThatComesKnowsTheOffsetsAndTheOneThatGoesAnswersNobody() {
        assertThat(bed.commit("", -1, "t", 1)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> underWay = bed.commit(Bed.commitRequest("", -1, "t", 2));
        GroupCoordinator old = bed.coordinator;
        bed.held.clear();
        bed.holdAppends = false;
        bed.take(old.onUnloaded(bed.nowMs));
        assertThat(Bed.errorOf(underWay)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(old.size()).as("groups of the old coordinator").isZero();
        bed.restart();
        assertThat(bed.offset("t")).isEqualTo(1);
    }

    /** Tombstones of what the reader does not know, and offsets before their group, stopped the loading of a coordinator. */
    @Test
    void kafka17306RecordsMayComeWithoutWhatTheyBelongTo() {
        StateRecord noSuchGroup = GroupRecords.encode(new GroupChange.GroupDeleted("gone"), new RecordTime());
        StateRecord noSuchOffset = GroupRecords.encode(new GroupChange.OffsetDeleted("gone", "t", 0), new RecordTime());
        bed.log.add(new Bed.Logged(noSuchGroup, -1, (short) -1));
        bed.log.add(new Bed.Logged(noSuchOffset, -1, (short) -1));
        bed.restart();
        assertThat(bed.coordinator.size()).isZero();
        String member = bed.stableGroup();
        assertThat(bed.commit(member, 1, "t", 5)).isEqualTo(ErrorCode.NONE);
        GroupCoordinator reader = new Bed().coordinator;
        for (int offset = bed.log.size() - 1; offset >= 0; offset--) {
            StateRecord record = bed.log.get(offset).record();
            byte[] value = record.value();
            if (value != null) {
                reader.replay(offset, -1, (short) -1, ByteBuffer.wrap(record.key()), ByteBuffer.wrap(value));
            }
        }
        assertThat(reader.size()).isEqualTo(1);
    }

    /** Offsets stayed undecided when their transaction was aborted or their group was deleted (also franz-go 581). */
    @Test
    void redpanda6423AnOffsetIsDecidedHoweverItsTransactionEnds() {
        assertThat(bed.commit("", -1, "t", 1)).isEqualTo(ErrorCode.NONE);
        for (boolean commit : new boolean[] {false, true}) {
            bed.commitInTransaction(7, "t", 2);
            bed.restart();
            assertThat(bed.stableError()).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
            assertThat(bed.offset("t")).as("to those who do not mind").isEqualTo(1);
            bed.coordinator.applyTransactionEnd(7, commit);
            assertThat(bed.stableError()).isEqualTo(ErrorCode.NONE);
            assertThat(bed.offset("t")).isEqualTo(commit ? 2 : 1);
        }
        bed.commitInTransaction(7, "t", 3);
        bed.deleteGroup();
        assertThat(bed.stableError()).as("without its group").isEqualTo(ErrorCode.NONE);
        assertThat(bed.offset("t")).isEqualTo(-1);
    }

    /** A commit that completed a transaction waited for a lock of a group whose own commits waited for the transaction. */
    @Test
    void kafka9777ACommitUnderWayDoesNotKeepATransactionOfItsGroupOpen() {
        bed.commitInTransaction(7, "t", 2);
        bed.holdAppends = true;
        Answer<OffsetCommitResponse> underWay = bed.commit(Bed.commitRequest("", -1, "u", 3));
        Answer<OffsetFetchResponseGroup> stable = bed.fetch("t", true);
        bed.coordinator.applyTransactionEnd(7, true);
        assertThat(underWay.isOutstanding()).isTrue();
        assertThat(bed.offset("t")).isEqualTo(2);
        Answer<OffsetFetchResponseGroup> meanwhile = bed.fetch("t", true);
        bed.release();
        assertThat(underWay.isOutstanding()).isFalse();
        for (Answer<OffsetFetchResponseGroup> each : List.of(stable, meanwhile)) {
            OffsetFetchResponsePartitions answered =
                    each.response().topics().get(0).partitions().get(0);
            assertThat(ErrorCode.forCode(answered.errorCode())).isEqualTo(ErrorCode.NONE);
            assertThat(answered.committedOffset()).isEqualTo(2);
        }
        assertThat(bed.coordinator.describeGroups(List.of(Bed.GROUP), (short) 6))
                .hasSize(1);
    }
}
