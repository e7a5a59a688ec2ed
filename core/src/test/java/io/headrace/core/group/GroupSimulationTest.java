package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Consumers that join, commit, leave, fall silent and restart at random, on a broker that does too.
 *
 * <p>Checked all along: in one generation a partition has one owner; a committed offset never goes back by itself; what
 * was acknowledged is there; no request is answered twice. At the end a replay of the log gives the live state.
 */
class GroupSimulationTest {
    private static final int SEED_COUNT = 150;
    private static final int STEP_COUNT = 600;
    private static final int PARTITION_COUNT = 7;

    @Test
    void groupsKeepTheirPromisesUnderAnySeed() {
        Long only = Long.getLong("seed");
        long first = only == null ? 1 : only;
        long last = only == null ? SEED_COUNT : only;
        for (long seed = first; seed <= last; seed++) {
            try {
                new World(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "Replay with -Dtest=GroupSimulationTest -Dseed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** One group, its consumers and its broker. */
    private static final class World {
        final Random random;
        final Bed bed;
        final List<Consumer> consumers = new ArrayList<>();
        final Map<String, String> ownerByGenerationAndPartition = new HashMap<>();

        /** What is read must not be below this: the largest acknowledged or read so far, by partition. */
        final long[] offsetFloor = new long[PARTITION_COUNT];

        int nextInstance = 0;

        World(long seed) {
            random = new Random(seed);
            bed = new Bed(
                    Bed.settings(random.nextBoolean() ? 0 : 3_000, random.nextInt(4) == 0 ? 3 : Integer.MAX_VALUE));
            Arrays.fill(offsetFloor, -1);
        }

        void run() {
            for (int step = 0; step < STEP_COUNT; step++) {
                act();
                checkOffsets();
            }
            settle();
            assertThat(bed.coordinator.digest()).isEqualTo(bed.replayed().digest());
            assertThat(bed.state()).isEqualTo("Empty");
        }

        private void act() {
            int dice = random.nextInt(100);
            if (dice < 55 && !consumers.isEmpty()) {
                consumers.get(random.nextInt(consumers.size())).act();
            } else if (dice < 63 && consumers.size() < 6) {
                consumers.add(new Consumer(this, random.nextInt(3) == 0 ? "i" + nextInstance++ : null));
            } else if (dice < 83) {
                bed.advance(random.nextInt(2_500));
            } else if (dice < 86) {
                bed.holdAppends = true;
            } else if (dice < 94) {
                if (!bed.held.isEmpty()) {
                    bed.releaseOne();
                }
            } else if (dice < 96) {
                bed.release();
            } else if (dice < 97) {
                bed.fail(random.nextBoolean() ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.KAFKA_STORAGE_ERROR);
            } else if (dice < 98) {
                crashBroker();
            } else if (!consumers.isEmpty()) {
                replaceConsumer(random.nextInt(consumers.size()));
            }
        }

        /** A consumer falls silent, or its process restarts under the same instance id. */
        private void replaceConsumer(int index) {
            Consumer gone = consumers.remove(index);
            if (gone.instanceId != null && random.nextBoolean()) {
                consumers.add(new Consumer(this, gone.instanceId));
            }
        }

        /** Of the appends under way the log keeps some from the beginning; nobody hears of it. */
        private void crashBroker() {
            int keptCount = bed.held.isEmpty() ? 0 : random.nextInt(bed.held.size() + 1);
            for (Step step : bed.held) {
                if (keptCount-- > 0) {
                    step.records()
                            .forEach(record ->
                                    bed.log.add(new Bed.Logged(record, step.producerId(), step.producerEpoch())));
                }
            }
            bed.held.clear();
            bed.holdAppends = false;
            consumers.forEach(Consumer::disconnected);
            bed.restart();
        }

        private void checkOffsets() {
            for (int partition = 0; partition < PARTITION_COUNT; partition++) {
                long read = bed.offset("t" + partition);
                assertThat(read).as("offset of partition %s", partition).isGreaterThanOrEqualTo(offsetFloor[partition]);
                offsetFloor[partition] = read;
            }
        }

        void checkOwner(int generation, int partition, String memberId, @Nullable String instanceId) {
            String owner = instanceId == null ? memberId : instanceId;
            String earlier = ownerByGenerationAndPartition.putIfAbsent(generation + "/" + partition, owner);
            assertThat(earlier == null ? owner : earlier)
                    .as("owner of partition %s in generation %s", partition, generation)
                    .isEqualTo(owner);
        }

        /** All consumers vanish; one comes and goes in peace, so that the group's last state is in the log. */
        private void settle() {
            bed.release();
            consumers.clear();
            bed.advance(24 * 3_600_000L);
            Consumer last = new Consumer(this, null);
            while (last.generation < 0) {
                last.act();
                bed.advance(1_000);
            }
            bed.leave(last.memberId, null);
            bed.advance(0);
        }
    }

    /** A client of the classic protocol, as far as a broker can tell. */
    private static final class Consumer {
        final World world;
        final @Nullable String instanceId;
        String memberId = "";
        int generation = -1;
        List<Integer> owned = List.of();

        @Nullable
        Answer<JoinGroupResponse> joining;

        @Nullable
        Answer<SyncGroupResponse> syncing;

        @Nullable
        Answer<OffsetCommitResponse> committing;

        int committingPartition;
        long committingOffset;
        int joiningGeneration = -1;

        Consumer(World world, @Nullable String instanceId) {
            this.world = world;
            this.instanceId = instanceId;
        }

        void disconnected() {
            joining = null;
            syncing = null;
            committing = null;
            joiningGeneration = -1;
        }

        void act() {
            if (joining != null) {
                if (!joining.isOutstanding()) {
                    onJoined(joining.response());
                }
            } else if (syncing != null) {
                if (!syncing.isOutstanding()) {
                    onSynced(syncing.response());
                }
            } else if (generation < 0) {
                join();
            } else {
                actAsMember();
            }
        }

        private void join() {
            generation = -1;
            owned = List.of();
            joining = world.bed.join(
                    Bed.joinRequest(memberId, instanceId, Bed.subscription("t")),
                    memberId.isEmpty() && world.random.nextInt(4) == 0 ? 3 : 9);
        }

        private void onJoined(JoinGroupResponse response) {
            joining = null;
            ErrorCode error = ErrorCode.forCode(response.errorCode());
            switch (error) {
                case NONE -> {
                    memberId = response.memberId();
                    joiningGeneration = response.generationId();
                    boolean assigns = response.leader().equals(memberId) && !response.skipAssignment();
                    syncing = world.bed.sync(memberId, joiningGeneration, assigns ? assign(response) : Map.of());
                }
                case MEMBER_ID_REQUIRED -> memberId = response.memberId();
                case REBALANCE_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, GROUP_MAX_SIZE_REACHED -> {}
                case UNKNOWN_MEMBER_ID -> memberId = "";
                case FENCED_INSTANCE_ID -> world.consumers.remove(this);
                default -> throw new AssertionError("Join: " + error);
            }
        }

        private Map<String, String> assign(JoinGroupResponse response) {
            Map<String, String> assignment = new HashMap<>();
            for (int partition = 0; partition < PARTITION_COUNT; partition++) {
                var member =
                        response.members().get(partition % response.members().size());
                assignment.merge(member.memberId(), "" + partition, (have, more) -> have + more);
            }
            return assignment;
        }

        private void onSynced(SyncGroupResponse response) {
            syncing = null;
            ErrorCode error = ErrorCode.forCode(response.errorCode());
            switch (error) {
                case NONE -> {
                    generation = joiningGeneration;
                    owned = Bed.text(response.assignment())
                            .chars()
                            .map(digit -> digit - '0')
                            .boxed()
                            .toList();
                    owned.forEach(partition -> world.checkOwner(generation, partition, memberId, instanceId));
                }
                default -> onMemberError(error);
            }
        }

        private void actAsMember() {
            if (committing != null && !committing.isOutstanding()) {
                onCommitted(committing);
            } else if (world.random.nextInt(40) == 0) {
                world.bed.leave(memberId, instanceId);
                world.consumers.remove(this);
            } else if (committing == null && !owned.isEmpty() && world.random.nextBoolean()) {
                committingPartition = owned.get(world.random.nextInt(owned.size()));
                committingOffset = Math.max(world.offsetFloor[committingPartition], 0) + world.random.nextInt(5);
                committing = world.bed.commit(
                        Bed.commitRequest(memberId, generation, "t" + committingPartition, committingOffset)
                                .setGroupInstanceId(instanceId));
            } else {
                onMemberError(world.bed.heartbeat(memberId, instanceId, generation));
            }
        }

        private void onCommitted(Answer<OffsetCommitResponse> answer) {
            committing = null;
            ErrorCode error = Bed.errorOf(answer);
            if (error == ErrorCode.NONE) {
                assertThat(world.bed.offset("t" + committingPartition))
                        .as("acknowledged offset of partition %s", committingPartition)
                        .isGreaterThanOrEqualTo(committingOffset);
            } else {
                onMemberError(error);
            }
        }

        private void onMemberError(ErrorCode error) {
            switch (error) {
                case NONE, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> {}
                case REBALANCE_IN_PROGRESS -> join();
                case ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID -> {
                    memberId = "";
                    join();
                }
                case FENCED_INSTANCE_ID -> world.consumers.remove(this);
                default -> throw new AssertionError("Member: " + error);
            }
        }
    }
}
