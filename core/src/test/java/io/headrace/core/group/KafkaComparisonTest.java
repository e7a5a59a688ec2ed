package io.headrace.core.group;

import static io.headrace.core.group.KafkaOracle.context;
import static io.headrace.core.group.KafkaOracle.toKafka;
import static io.headrace.core.group.KafkaOracle.toOurs;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Gives the same random requests at the same times to Kafka's group coordinator and to ours, and compares every answer,
 * every record and the groups as they are described.
 *
 * <p>We differ on purpose in a few things, which the requests avoid or the comparison leaves out: a refused join or
 * commit creates no group; a request that waits is answered when the same member sends another or is removed; which member follows a
 * leader that is gone is not specified (the run ends there). Kafka draws member ids at random, so that a seed repeats the
 * requests and not quite always the outcome.
 */
class KafkaComparisonTest {
    private static final int SEED_COUNT = 60;
    private static final int STEP_COUNT = 250;
    private static final List<String> TOPICS = List.of("t", "u", "v");

    @Test
    void answersAndRecordsAreKafkas() {
        Long only = Long.getLong("seed");
        long first = only == null ? 1 : only;
        long last = only == null ? SEED_COUNT : only;
        int comparedSteps = 0;
        for (long seed = first; seed <= last; seed++) {
            Comparison comparison = new Comparison(seed);
            try {
                comparedSteps += comparison.run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "Replay with -Dtest=KafkaComparisonTest -Dseed=" + seed + "\n"
                                + String.join("\n", comparison.history) + "\n" + e.getMessage(),
                        e);
            }
        }
        assertThat(comparedSteps).isGreaterThan(only == null ? SEED_COUNT * STEP_COUNT / 4 : 0);
    }

    /** A client that is known to both coordinators by the same id. */
    private static final class Client {
        String memberId = "";
        final @Nullable String instanceId;
        int generation = -1;

        @Nullable
        Pending<JoinGroupResponse, JoinGroupResponseData> joining;

        @Nullable
        Pending<SyncGroupResponse, SyncGroupResponseData> syncing;

        Client(@Nullable String instanceId) {
            this.instanceId = instanceId;
        }
    }

    private record Pending<O, K>(Answer<O> ours, CompletableFuture<K> kafkas) {}

    private static final class Comparison {
        final List<String> history = new ArrayList<>();
        final Random random;
        final Bed bed;
        final KafkaOracle kafka;
        final List<Client> clients = new ArrayList<>();
        int comparedRecords = 0;
        long nextProducerId = 100;
        final List<Long> openTransactions = new ArrayList<>();

        Comparison(long seed) {
            random = new Random(seed);
            int delayMs = random.nextBoolean() ? 0 : 3_000;
            int sizeMax = random.nextInt(3) == 0 ? 3 : Integer.MAX_VALUE;
            bed = new Bed(Bed.settings(delayMs, sizeMax, 1_000_000_000L, 1_000_000_000L));
            kafka = new KafkaOracle(
                    bed.nowMs,
                    Map.of(
                            "group.initial.rebalance.delay.ms", delayMs,
                            "group.max.size", sizeMax,
                            "offsets.retention.check.interval.ms", 1_000_000_000L));
            for (int i = 0; i < 5; i++) {
                clients.add(new Client(i < 2 ? "i" + i : null));
            }
        }

        /** Returns the steps taken before the run ended or the leaders differed. */
        int run() {
            for (int step = 0; step < STEP_COUNT; step++) {
                act();
                bed.advance(0);
                kafka.advanceTo(bed.nowMs);
                if (!sameLeader()) {
                    return step;
                }
                collect();
                compareGroups();
                compareRecords();
            }
            return STEP_COUNT;
        }

        private void act() {
            Client client = clients.get(random.nextInt(clients.size()));
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4 -> join(client);
                case 5, 6, 7, 8 -> sync(client);
                case 9 -> heartbeat(client);
                case 10 -> {
                    if (random.nextInt(4) == 0) {
                        leave(client);
                    }
                }
                case 11, 12 -> commit(client);
                case 13 -> commitInTransaction();
                case 14 -> endTransaction();
                case 15 -> fetch();
                case 16 -> {
                    if (random.nextBoolean()) {
                        deleteOffsets();
                    } else if (random.nextInt(4) == 0) {
                        deleteGroup();
                    }
                }
                default -> advance();
            }
        }

        private void note(String what) {
            history.add((bed.nowMs - 1_700_000_000_000L) + " " + what);
        }

        private boolean groupExists() {
            return bed.coordinator.size() > 0;
        }

        private void join(Client client) {
            if (client.joining != null || client.syncing != null) {
                return;
            }
            short[] versions = {2, 3, 5, 7, 9};
            short version = versions[random.nextInt(versions.length)];
            boolean odd = groupExists() && random.nextInt(12) == 0;
            JoinGroupRequest request = Bed.joinRequest(
                            random.nextInt(15) == 0 ? "stranger" : client.memberId,
                            version >= 5 ? client.instanceId : null,
                            Bed.subscription("t", "u".repeat(random.nextInt(8) / 7)))
                    .setSessionTimeoutMs(6_000 + random.nextInt(20_000))
                    .setRebalanceTimeoutMs(10_000 + random.nextInt(50_000));
            if (random.nextInt(6) == 0) {
                request.setProtocols(List.of(
                        Bed.protocol("sticky", Bed.subscription("t")),
                        request.protocols().get(0)));
            }
            if (odd) {
                request.setProtocolType(random.nextBoolean() ? "connect" : "consumer");
                request.setProtocols(List.of(Bed.protocol("own", new byte[] {1})));
            }
            Set<String> before = memberIds();
            note("join v" + version + " " + request.memberId() + " " + request.groupInstanceId() + " "
                    + request.protocolType());
            CompletableFuture<JoinGroupResponseData> kafkas = kafka.join(version, kafkaRequest(version, request));
            bed.givenIds.clear();
            newUuid(kafkas, before).ifPresent(bed.givenIds::add);
            Answer<JoinGroupResponse> ours = bed.join(request, version);
            client.joining = new Pending<>(ours, kafkas);
        }

        private static JoinGroupRequestData kafkaRequest(short version, JoinGroupRequest request) {
            return toKafka(request, version, JoinGroupRequestData::new);
        }

        private Set<String> memberIds() {
            Set<String> ids = new TreeSet<>();
            describeKafkas().members().forEach(member -> ids.add(member.memberId()));
            return ids;
        }

        private Optional<UUID> newUuid(CompletableFuture<JoinGroupResponseData> answer, Set<String> before) {
            Set<String> ids = memberIds();
            ids.removeAll(before);
            JoinGroupResponseData response = KafkaOracle.answerOf(answer);
            if (response != null && response.errorCode() == Errors.MEMBER_ID_REQUIRED.code()) {
                ids.add(response.memberId());
            }
            return ids.stream().findFirst().map(id -> UUID.fromString(id.substring(id.length() - 36)));
        }

        private void sync(Client client) {
            if (client.generation < 0 || client.syncing != null || client.joining != null) {
                return;
            }
            DescribedGroup group = bed.describe();
            SyncGroupRequest request = new SyncGroupRequest()
                    .setGroupId(Bed.GROUP)
                    .setMemberId(client.memberId)
                    .setGroupInstanceId(client.instanceId)
                    .setGenerationId(client.generation + (random.nextInt(15) == 0 ? 1 : 0))
                    .setProtocolType("consumer")
                    .setProtocolName(random.nextInt(15) == 0 ? "own" : "range")
                    .setAssignments(group.members().stream()
                            .filter(member -> random.nextInt(5) > 0)
                            .map(member -> new SyncGroupRequestAssignment()
                                    .setMemberId(member.memberId())
                                    .setAssignment(Bed.bytes("a" + random.nextInt(9))))
                            .toList());
            note("sync " + client.memberId + " " + request.generationId());
            CompletableFuture<SyncGroupResponseData> kafkas =
                    kafka.sync(toKafka(request, (short) 5, SyncGroupRequestData::new));
            Answer<SyncGroupResponse> ours = new Answer<>();
            bed.take(bed.coordinator.syncGroup(ours, request, bed.nowMs));
            client.syncing = new Pending<>(ours, kafkas);
        }

        private void heartbeat(Client client) {
            HeartbeatRequest request = new HeartbeatRequest()
                    .setGroupId(Bed.GROUP)
                    .setMemberId(client.memberId)
                    .setGroupInstanceId(client.instanceId)
                    .setGenerationId(client.generation);
            note("heartbeat " + client.memberId + " " + client.generation);
            ErrorCode kafkas = errorOf(() -> kafka.run(
                            () -> kafka.shard.classicGroupHeartbeat(
                                    context(ApiKeys.HEARTBEAT, (short) 4),
                                    toKafka(request, (short) 4, HeartbeatRequestData::new)),
                            -1L)
                    .errorCode());
            Answer<HeartbeatResponse> ours = new Answer<>();
            bed.take(bed.coordinator.heartbeat(ours, request, bed.nowMs));
            assertThat(ErrorCode.forCode(ours.response().errorCode())).isEqualTo(kafkas);
        }

        private static ErrorCode errorOf(Supplier<Short> answer) {
            try {
                return ErrorCode.forCode(answer.get());
            } catch (ApiException e) {
                return ErrorCode.forCode(Errors.forException(e).code());
            }
        }

        private void leave(Client client) {
            boolean byInstance = client.instanceId != null && random.nextBoolean();
            LeaveGroupRequest request = new LeaveGroupRequest()
                    .setGroupId(Bed.GROUP)
                    .setMembers(List.of(new MemberIdentity()
                            .setMemberId(byInstance ? "" : client.memberId)
                            .setGroupInstanceId(client.instanceId)));
            note("leave " + client.memberId + " " + client.instanceId + " " + byInstance);
            LeaveGroupResponse kafkas;
            try {
                kafkas = toOurs(
                        kafka.run(
                                () -> kafka.shard.classicGroupLeave(
                                        context(ApiKeys.LEAVE_GROUP, (short) 5),
                                        toKafka(request, (short) 5, LeaveGroupRequestData::new)),
                                -1L),
                        (short) 5,
                        in -> LeaveGroupResponse.read(in, (short) 5));
            } catch (ApiException e) {
                kafkas = new LeaveGroupResponse()
                        .setMembers(
                                List.of(MemberRequests.result(request.members().get(0), ErrorCode.UNKNOWN_MEMBER_ID)));
            }
            Answer<LeaveGroupResponse> ours = new Answer<>();
            bed.take(bed.coordinator.leaveGroup(ours, (short) 5, request, bed.nowMs));
            assertThat(ours.response()).isEqualTo(kafkas);
        }

        private String topic() {
            return TOPICS.get(random.nextInt(TOPICS.size()));
        }

        private void commit(Client client) {
            boolean simple = random.nextInt(3) == 0;
            short version = (short) (random.nextInt(3) == 0 ? 8 : 9);
            OffsetCommitRequest request = Bed.commitRequest(
                            simple ? "" : client.memberId,
                            simple ? -1 : client.generation,
                            topic(),
                            random.nextInt(1_000))
                    .setGroupInstanceId(simple ? null : client.instanceId);
            if (groupExists() && random.nextInt(10) == 0) {
                request.topics().get(0).partitions().get(0).setCommittedMetadata("x".repeat(4_097));
            }
            note("commit " + request.memberId() + " " + request.generationIdOrMemberEpoch());
            OffsetCommitResponse kafkas;
            try {
                kafkas = toOurs(
                        kafka.run(
                                () -> kafka.shard.commitOffset(
                                        context(ApiKeys.OFFSET_COMMIT, version),
                                        toKafka(request, (short) 9, OffsetCommitRequestData::new)),
                                -1L),
                        (short) 9,
                        in -> OffsetCommitResponse.read(in, (short) 9));
            } catch (ApiException e) {
                kafkas = OffsetRequests.failure(
                        request, ErrorCode.forCode(Errors.forException(e).code()));
            }
            Answer<OffsetCommitResponse> ours = new Answer<>();
            bed.take(bed.coordinator.commitOffsets(ours, version, request, bed.nowMs));
            assertThat(ours.response()).isEqualTo(kafkas);
        }

        private void commitInTransaction() {
            long producerId = nextProducerId++;
            TxnOffsetCommitRequest request = new TxnOffsetCommitRequest()
                    .setTransactionalId("tx")
                    .setGroupId(Bed.GROUP)
                    .setProducerId(producerId)
                    .setProducerEpoch((short) 3)
                    .setMemberId("")
                    .setGenerationId(-1)
                    .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                            .setName(topic())
                            .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                    .setPartitionIndex(0)
                                    .setCommittedOffset(random.nextInt(1_000))
                                    .setCommittedMetadata("")))));
            note("commit in transaction " + producerId);
            TxnOffsetCommitResponse kafkas;
            try {
                kafkas = toOurs(
                        kafka.run(
                                () -> kafka.shard.commitTransactionalOffset(
                                        context(ApiKeys.TXN_OFFSET_COMMIT, (short) 4),
                                        toKafka(request, (short) 4, TxnOffsetCommitRequestData::new)),
                                producerId),
                        (short) 4,
                        in -> TxnOffsetCommitResponse.read(in, (short) 4));
            } catch (ApiException e) {
                kafkas = OffsetRequests.failure(
                        request, ErrorCode.forCode(Errors.forException(e).code()));
            }
            Answer<TxnOffsetCommitResponse> ours = new Answer<>();
            bed.take(bed.coordinator.commitOffsetsInTransaction(ours, request, bed.nowMs));
            assertThat(ours.response()).isEqualTo(kafkas);
            openTransactions.add(producerId);
        }

        private void endTransaction() {
            if (openTransactions.isEmpty()) {
                return;
            }
            long producerId = openTransactions.remove(random.nextInt(openTransactions.size()));
            boolean commit = random.nextBoolean();
            note("end transaction " + producerId + " " + commit);
            kafka.shard.replayEndTransactionMarker(
                    producerId, (short) 3, commit ? TransactionResult.COMMIT : TransactionResult.ABORT);
            bed.coordinator.applyTransactionEnd(producerId, commit);
        }

        private void fetch() {
            boolean stable = random.nextBoolean();
            String topic = random.nextBoolean() ? topic() : null;
            OffsetFetchRequestData.OffsetFetchRequestGroup request =
                    new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId(Bed.GROUP);
            request.setTopics(
                    topic == null
                            ? null
                            : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                    .setName(topic)
                                    .setPartitionIndexes(List.of(0))));
            note("fetch " + topic);
            // Kafka asks for stable offsets by reading everything there is.
            OffsetFetchResponseGroup kafkas = toOurs(
                            new OffsetFetchResponseData()
                                    .setGroups(List.of(kafka.shard.fetchOffsets(request, Long.MAX_VALUE))),
                            (short) 9,
                            in -> OffsetFetchResponse.read(in, (short) 9))
                    .groups()
                    .get(0);
            OffsetFetchResponseGroup ours = bed.fetch(topic, true).response();
            assertThat(ComparableText.sorted(ours.topics())).isEqualTo(ComparableText.sorted(kafkas.topics()));
            if (stable) {
                bed.fetch(topic, false).response();
            }
        }

        private void deleteOffsets() {
            OffsetDeleteRequest request = new OffsetDeleteRequest()
                    .setGroupId(Bed.GROUP)
                    .setTopics(List.of(new OffsetDeleteRequestTopic()
                            .setName(topic())
                            .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0)))));
            note("delete offset " + request.topics().get(0).name());
            OffsetDeleteResponse kafkas;
            try {
                kafkas = toOurs(
                        kafka.run(
                                () -> kafka.shard.deleteOffsets(
                                        context(ApiKeys.OFFSET_DELETE, (short) 0),
                                        toKafka(request, (short) 0, OffsetDeleteRequestData::new)),
                                -1L),
                        (short) 0,
                        in -> OffsetDeleteResponse.read(in, (short) 0));
            } catch (ApiException e) {
                kafkas = new OffsetDeleteResponse()
                        .setErrorCode(Errors.forException(e).code());
            }
            Answer<OffsetDeleteResponse> ours = new Answer<>();
            bed.take(bed.coordinator.deleteOffsets(ours, request, bed.nowMs));
            assertThat(ours.response()).isEqualTo(kafkas);
        }

        private void deleteGroup() {
            note("delete group");
            short kafkas = kafka.run(
                            () -> kafka.shard.deleteGroups(
                                    context(ApiKeys.DELETE_GROUPS, (short) 2), List.of(Bed.GROUP)),
                            -1L)
                    .iterator()
                    .next()
                    .errorCode();
            DeletableGroupResult ours = bed.deleteGroup().response().get(0);
            assertThat(ours.errorCode()).isEqualTo(kafkas);
        }

        private void advance() {
            long byMs = random.nextInt(5) == 0 ? random.nextInt(40_000) : random.nextInt(3_000);
            note("advance " + byMs);
            bed.advance(byMs);
            kafka.advanceTo(bed.nowMs);
        }

        // Comparing

        /** Both coordinators have answered the same requests, and in the same way. */
        private void collect() {
            for (Client client : clients) {
                collectJoin(client);
                collectSync(client);
            }
        }

        private void collectJoin(Client client) {
            Pending<JoinGroupResponse, JoinGroupResponseData> pending = client.joining;
            if (pending == null || isOutstanding(client, pending.ours, pending.kafkas)) {
                return;
            }
            client.joining = null;
            JoinGroupResponse ours = pending.ours.response();
            JoinGroupResponseData answered = KafkaOracle.answerOf(pending.kafkas);
            if (answered != null) {
                JoinGroupResponse kafkas = toOurs(answered, (short) 9, in -> JoinGroupResponse.read(in, (short) 9));
                assertThat(ComparableText.of(ours)).isEqualTo(ComparableText.of(kafkas));
            }
            ErrorCode error = ErrorCode.forCode(ours.errorCode());
            client.generation = error == ErrorCode.NONE ? ours.generationId() : -1;
            if (error == ErrorCode.NONE || error == ErrorCode.MEMBER_ID_REQUIRED) {
                client.memberId = ours.memberId();
            } else if (error == ErrorCode.UNKNOWN_MEMBER_ID || error == ErrorCode.FENCED_INSTANCE_ID) {
                client.memberId = "";
            }
        }

        private void collectSync(Client client) {
            Pending<SyncGroupResponse, SyncGroupResponseData> pending = client.syncing;
            if (pending == null || isOutstanding(client, pending.ours, pending.kafkas)) {
                return;
            }
            client.syncing = null;
            SyncGroupResponse ours = pending.ours.response();
            SyncGroupResponseData answered = KafkaOracle.answerOf(pending.kafkas);
            if (answered != null) {
                assertThat(ours).isEqualTo(toOurs(answered, (short) 5, in -> SyncGroupResponse.read(in, (short) 5)));
            }
            if (ours.errorCode() == ErrorCode.UNKNOWN_MEMBER_ID.code()) {
                client.memberId = "";
            }
            if (ours.errorCode() != 0) {
                client.generation = -1;
            }
        }

        /** Kafka never answers the waiting request of a member that was removed; we do. */
        private boolean isOutstanding(Client client, Answer<?> ours, CompletableFuture<?> kafkas) {
            boolean removed = !memberIds().contains(client.memberId);
            if (ours.isOutstanding() || !removed) {
                assertThat(kafkas.isDone()).isEqualTo(!ours.isOutstanding());
            }
            return ours.isOutstanding();
        }

        private DescribedGroup describeKafkas() {
            return toOurs(
                            new org.apache.kafka.common.message.DescribeGroupsResponseData()
                                    .setGroups(kafka.shard.describeGroups(
                                            context(ApiKeys.DESCRIBE_GROUPS, (short) 6),
                                            List.of(Bed.GROUP),
                                            Long.MAX_VALUE)),
                            (short) 6,
                            in -> io.headrace.protocol.message.DescribeGroupsResponse.read(in, (short) 6))
                    .groups()
                    .get(0);
        }

        private void compareGroups() {
            DescribedGroup ours = bed.describe();
            DescribedGroup kafkas = describeKafkas();
            assertThat(ComparableText.of(ours)).isEqualTo(ComparableText.of(kafkas));
            List<String> kafkasListed = kafka.shard.listGroups(List.of(), List.of(), Long.MAX_VALUE).stream()
                    .map(group -> group.groupId() + group.groupState() + group.groupType() + group.protocolType())
                    .toList();
            assertThat(bed.coordinator.listGroups(List.of(), List.of()))
                    .extracting(
                            group -> group.groupId() + group.groupState() + group.groupType() + group.protocolType())
                    .isEqualTo(kafkasListed);
        }

        /** The leader of a record is the coordinator's leader; members that wait in a join do not show it. */
        private boolean sameLeader() {
            for (Client client : clients) {
                Pending<JoinGroupResponse, JoinGroupResponseData> pending = client.joining;
                JoinGroupResponseData kafkas = pending == null ? null : KafkaOracle.answerOf(pending.kafkas);
                if (pending != null && kafkas != null && !pending.ours.isOutstanding()) {
                    JoinGroupResponse ours = pending.ours.response();
                    if (ours.errorCode() == 0 && !ours.leader().equals(kafkas.leader())) {
                        return false;
                    }
                }
            }
            return true;
        }

        private void compareRecords() {
            List<String> ours = ComparableText.of(
                    bed.log.stream().map(Bed.Logged::record).toList().subList(comparedRecords, bed.log.size()));
            List<String> kafkas = ComparableText.of(
                    kafka.written.subList(Math.min(comparedRecords, kafka.written.size()), kafka.written.size()));
            assertThat(ours).isEqualTo(kafkas);
            comparedRecords = bed.log.size();
        }
    }
}
