package io.headrace.server.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.transaction.TransactionSettings;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AddOffsetsToTxnRequest;
import io.headrace.protocol.message.AddOffsetsToTxnResponse;
import io.headrace.protocol.message.AddPartitionsToTxnRequest;
import io.headrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.headrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.headrace.protocol.message.AddPartitionsToTxnResponse;
import io.headrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.EndTxnRequest;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.ListTransactionsRequest;
import io.headrace.protocol.message.ListTransactionsResponse;
import io.headrace.protocol.message.ListTransactionsResponse.TransactionState;
import io.headrace.protocol.message.WriteTxnMarkersRequest;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.headrace.protocol.message.WriteTxnMarkersResponse;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.partition.CoordinatorLog;
import io.headrace.server.partition.TransactionMarkers;
import io.headrace.server.producer.ProducerIdQuota;
import io.headrace.server.producer.ProducerIds;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.security.Principal;
import io.headrace.server.transaction.MarkerWriter;
import io.headrace.server.transaction.TransactionCoordinators;
import io.headrace.storage.MarkerTask;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the APIs of transactions answer in each version, from the handler to the log and back. */
class TransactionApiTest {
    private static final String ID = "payments";
    private static final int OLDER = 4;
    private static final int NEWEST = 5;

    private final BrokerLogs logs = new BrokerLogs();
    private final GroupCoordinators groups = logs.groups();
    private final MarkerWriter markers;
    private TransactionCoordinators transactions;
    private final ProducerIds producerIds = new ProducerIds(1, logs.metadata);
    private final Proposals proposals = new Proposals(logs.metadata);
    /** Markers wait here while {@link #holdMarkers} is set. */
    private final Queue<Runnable> heldMarkers = new ArrayDeque<>();

    private boolean holdMarkers;
    private final ProducerIdQuota quota = new ProducerIdQuota(1, 10, () -> 0);

    /** Who a producer is. */
    private record Identity(long id, short epoch) {}

    TransactionApiTest() throws IOException {
        markers = markersOf(MarkerTask.Sender.OWN_COORDINATOR)::append;
        transactions = coordinators(producerIds);
        groups.begin();
        transactions.begin();
        logs.createTopic("orders", 2);
        logs.createTopic(TopicImage.CONSUMER_OFFSETS, 1);
        logs.createTopic(TopicImage.TRANSACTION_STATE, 1);
        run();
    }

    private TransactionMarkers markersOf(MarkerTask.Sender sender) {
        return new TransactionMarkers(logs.partitions(), groups, sender, () -> BrokerLogs.NOW_MS);
    }

    private TransactionCoordinators coordinators(ProducerIds ids) {
        CoordinatorLog log = logs.coordinatorLog();
        return new TransactionCoordinators(
                1,
                TransactionSettings.of(BrokerConfig.DEFAULT.transactions()),
                logs.metadata,
                new CoordinatorShards.Logs(log, log),
                ids,
                (topic, partition, producerId, epoch, coordinatorEpoch, commit, version, done) -> {
                    Runnable write = () -> markers.append(
                            topic, partition, producerId, epoch, coordinatorEpoch, commit, version, done);
                    if (holdMarkers) {
                        heldMarkers.add(write);
                    } else {
                        write.run();
                    }
                },
                new CoordinatorClock(() -> BrokerLogs.NOW_MS, () -> BrokerLogs.NOW_MS),
                100);
    }

    /** The coordinators begin anew, and no producer id is to be had while the metadata log is not answering. */
    private void restartWithoutProducerIds(Queue<MetadataLog.Proposal> unanswered) throws InterruptedException {
        transactions.stop();
        run();
        transactions = coordinators(new ProducerIds(1, new MetadataLog() {
            @Override
            public void propose(List<MetadataCommand> commands, Proposal proposal) {
                unanswered.add(proposal);
            }

            @Override
            public MetadataImage image() {
                return logs.metadata.image();
            }

            @Override
            public void addListener(Listener listener) {
                throw new UnsupportedOperationException();
            }
        }));
        transactions.begin();
        run();
    }

    private void run() {
        boolean busy = true;
        while (busy) {
            logs.run();
            boolean groupsBusy = groups.runOnce();
            busy = transactions.runOnce() || groupsBusy;
        }
    }

    private <Q extends ApiMessage, A extends ApiMessage> A ask(
            RequestHandler<Q> handler, int version, Q request, Class<A> answerType) {
        var answer = AnsweredRequest.send(handler, version, request, answerType);
        run();
        assertThat(answer).as("the answer").isDone();
        return answer.join();
    }

    private InitProducerIdResponse init(int version, @Nullable String id, @Nullable Identity current, Authorizer who) {
        InitProducerIdRequest request =
                new InitProducerIdRequest().setTransactionalId(id).setTransactionTimeoutMs(60_000);
        if (current != null) {
            request.setProducerId(current.id()).setProducerEpoch(current.epoch());
        }
        return ask(
                new InitProducerIdHandler(producerIds, quota, transactions, who),
                version,
                request,
                InitProducerIdResponse.class);
    }

    private Identity begin() {
        InitProducerIdResponse answer = init(NEWEST, ID, null, Authorizer.ALLOW_ALL);
        assertThat(answer.errorCode()).isZero();
        return new Identity(answer.producerId(), answer.producerEpoch());
    }

    private EndTxnResponse end(int version, Identity producer, boolean commit) {
        EndTxnRequest request = new EndTxnRequest()
                .setTransactionalId(ID)
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setCommitted(commit);
        return ask(new EndTxnHandler(transactions, Authorizer.ALLOW_ALL), version, request, EndTxnResponse.class);
    }

    private ErrorCode addPartition(int version, Identity producer, boolean verifyOnly) {
        AddPartitionsToTxnTopic topic =
                new AddPartitionsToTxnTopic().setName("orders").setPartitions(List.of(0));
        AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
        if (version < 4) {
            request.setV3AndBelowTransactionalId(ID)
                    .setV3AndBelowProducerId(producer.id())
                    .setV3AndBelowProducerEpoch(producer.epoch())
                    .setV3AndBelowTopics(List.of(topic));
        } else {
            request.setTransactions(List.of(new AddPartitionsToTxnTransaction()
                    .setTransactionalId(ID)
                    .setProducerId(producer.id())
                    .setProducerEpoch(producer.epoch())
                    .setVerifyOnly(verifyOnly)
                    .setTopics(List.of(topic))));
        }
        AddPartitionsToTxnResponse answer = ask(
                new AddPartitionsToTxnHandler(transactions, proposals, Authorizer.ALLOW_ALL),
                version,
                request,
                AddPartitionsToTxnResponse.class);
        AddPartitionsToTxnTopicResult result = version < 4
                ? answer.resultsByTopicV3AndBelow().get(0)
                : answer.resultsByTransaction().get(0).topicResults().get(0);
        return ErrorCode.forCode(result.resultsByPartition().get(0).partitionErrorCode());
    }

    private ErrorCode addOffsets(int version, Identity producer) {
        AddOffsetsToTxnRequest request = new AddOffsetsToTxnRequest()
                .setTransactionalId(ID)
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setGroupId("g");
        return ErrorCode.forCode(ask(
                        new AddOffsetsToTxnHandler(
                                transactions,
                                proposals,
                                new TopicCreation(() -> BrokerConfig.DEFAULT, UUID::randomUUID),
                                Authorizer.ALLOW_ALL),
                        version,
                        request,
                        AddOffsetsToTxnResponse.class)
                .errorCode());
    }

    private ListTransactionsResponse list(@Nullable String pattern) {
        return ask(
                new ListTransactionsHandler(transactions, Authorizer.ALLOW_ALL),
                2,
                new ListTransactionsRequest().setTransactionalIdPattern(pattern),
                ListTransactionsResponse.class);
    }

    private static ErrorCode errorOf(InitProducerIdResponse answer) {
        return ErrorCode.forCode(answer.errorCode());
    }

    private static ErrorCode errorOf(EndTxnResponse answer) {
        return ErrorCode.forCode(answer.errorCode());
    }

    /** The producer goes on with a newer epoch, so that the identity it had is fenced. */
    private Identity fenced() {
        Identity old = begin();
        assertThat(begin()).isNotEqualTo(old);
        return old;
    }

    @ParameterizedTest
    @CsvSource({"3, INVALID_PRODUCER_EPOCH", "4, PRODUCER_FENCED", "5, PRODUCER_FENCED"})
    @DisplayName("KIP-588: a fenced producer that asks for its identity")
    void aFencedProducerThatAsksForItsIdentity(int version, ErrorCode expected) {
        assertThat(errorOf(init(version, ID, fenced(), Authorizer.ALLOW_ALL))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, INVALID_PRODUCER_EPOCH",
        "1, INVALID_PRODUCER_EPOCH",
        "2, PRODUCER_FENCED",
        "3, PRODUCER_FENCED",
        "4, PRODUCER_FENCED",
        "5, PRODUCER_FENCED"
    })
    @DisplayName("KIP-588: a fenced producer that ends its transaction")
    void aFencedProducerThatEndsItsTransaction(int version, ErrorCode expected) {
        Identity old = fenced();
        assertThat(errorOf(end(version, old, true))).isEqualTo(expected);
        assertThat(errorOf(end(version, old, false))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, INVALID_PRODUCER_EPOCH",
        "1, INVALID_PRODUCER_EPOCH",
        "2, PRODUCER_FENCED",
        "3, PRODUCER_FENCED",
        "4, PRODUCER_FENCED",
        "5, PRODUCER_FENCED"
    })
    @DisplayName("KIP-588: a fenced producer that adds a partition")
    void aFencedProducerThatAddsAPartition(int version, ErrorCode expected) {
        Identity old = fenced();
        assertThat(addPartition(version, old, false)).isEqualTo(expected);
        if (version >= 4) {
            assertThat(addPartition(version, old, true)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, INVALID_PRODUCER_EPOCH",
        "1, INVALID_PRODUCER_EPOCH",
        "2, PRODUCER_FENCED",
        "3, PRODUCER_FENCED",
        "4, PRODUCER_FENCED"
    })
    @DisplayName("KIP-588: a fenced producer that adds a group's offsets")
    void aFencedProducerThatAddsOffsets(int version, ErrorCode expected) {
        assertThat(addOffsets(version, fenced())).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 5})
    void anotherProducersIdIsNoneOfThisTransactionalId(int version) {
        Identity stranger = new Identity(begin().id() + 17, (short) 0);
        assertThat(errorOf(end(version, stranger, true))).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(addPartition(version, stranger, false)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(addOffsets(Math.min(version, 4), stranger)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void nothingIsEndedThatWasNotBegun(int version) {
        assertThat(errorOf(end(version, begin(), true))).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void whoeverComesWhileATransactionIsCompletedIsToComeAgain(int version) {
        Identity producer = begin();
        assertThat(addPartition(3, producer, false)).isEqualTo(ErrorCode.NONE);
        holdMarkers = true;
        assertThat(errorOf(end(OLDER, producer, true))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(init(version, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        if (version < 4) {
            assertThat(addPartition(version, producer, false)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        } else {
            assertThat(addPartition(version, producer, true)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        }
        assertThat(addOffsets(Math.min(version, 4), producer)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(errorOf(end(version, producer, true))).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(errorOf(end(version, producer, false))).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        heldMarkers.forEach(Runnable::run);
        run();
        assertThat(errorOf(init(version, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 5})
    void anOpenTransactionIsAbortedBeforeItsNextProducerBegins(int version) {
        Identity producer = begin();
        assertThat(addPartition(3, producer, false)).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(init(version, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        InitProducerIdResponse next = init(version, ID, null, Authorizer.ALLOW_ALL);
        assertThat(errorOf(next)).isEqualTo(ErrorCode.NONE);
        assertThat(next.producerEpoch()).isGreaterThan(producer.epoch());
    }

    @Test
    void aMarkerOfSomebodyWhoClaimsALaterCoordinatorDoesNotKeepTheTransactionOpen() {
        Identity producer = begin();
        assertThat(addPartition(3, producer, false)).isEqualTo(ErrorCode.NONE);
        assertThat(writeMarker(producer, 100)).isEqualTo(ErrorCode.NONE);
        assertThat(writeMarker(producer, 99)).isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(errorOf(end(OLDER, producer, true))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(init(NEWEST, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
    }

    /** As Admin.abortTransaction does. */
    private ErrorCode writeMarker(Identity producer, int coordinatorEpoch) {
        WriteTxnMarkersRequest request = new WriteTxnMarkersRequest()
                .setMarkers(List.of(new WritableTxnMarker()
                        .setProducerId(producer.id())
                        .setProducerEpoch(producer.epoch())
                        .setCoordinatorEpoch(coordinatorEpoch)
                        .setTransactionResult(false)
                        .setTopics(List.of(
                                new WritableTxnMarkerTopic().setName("orders").setPartitionIndexes(List.of(0))))));
        WriteTxnMarkersResponse answer = ask(
                new WriteTxnMarkersHandler(markersOf(MarkerTask.Sender.REQUEST), Authorizer.ALLOW_ALL),
                1,
                request,
                WriteTxnMarkersResponse.class);
        return ErrorCode.forCode(
                answer.markers().get(0).topics().get(0).partitions().get(0).errorCode());
    }

    @Test
    void onlyWhatTakesAProducerIdWaitsForOne() throws InterruptedException {
        Identity producer = begin();
        assertThat(addPartition(3, producer, false)).isEqualTo(ErrorCode.NONE);
        Queue<MetadataLog.Proposal> unanswered = new ArrayDeque<>();
        restartWithoutProducerIds(unanswered);
        assertThat(errorOf(end(NEWEST, producer, true))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(init(NEWEST, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
        assertThat(unanswered).as("requests for producer ids").isEmpty();
        CompletableFuture<InitProducerIdResponse> waiting = AnsweredRequest.send(
                new InitProducerIdHandler(producerIds, quota, transactions, Authorizer.ALLOW_ALL),
                NEWEST,
                new InitProducerIdRequest().setTransactionalId("another").setTransactionTimeoutMs(60_000),
                InitProducerIdResponse.class);
        run();
        assertThat(waiting).isNotDone();
        unanswered.remove().failed(ErrorCode.NOT_CONTROLLER, "nobody leads");
        run();
        assertThat(errorOf(waiting.join())).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    }

    @Test
    void aTimeoutThatCannotBeIsRefusedWhileThereIsNoCoordinator() throws InterruptedException {
        transactions.stop();
        run();
        transactions = coordinators(producerIds);
        CompletableFuture<InitProducerIdResponse> answer = AnsweredRequest.send(
                new InitProducerIdHandler(producerIds, quota, transactions, Authorizer.ALLOW_ALL),
                NEWEST,
                new InitProducerIdRequest().setTransactionalId(ID).setTransactionTimeoutMs(0),
                InitProducerIdResponse.class);
        assertThat(answer).isDone();
        assertThat(errorOf(answer.join())).isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void aPartitionThatIsNotInTheTransactionMakesItAbortable(int version) {
        assertThat(addPartition(version, begin(), true)).isEqualTo(ErrorCode.TRANSACTION_ABORTABLE);
    }

    @Test
    void onlyTheNewestEndBringsTheNextIdentity() {
        Identity producer = begin();
        assertThat(addPartition(3, producer, false)).isEqualTo(ErrorCode.NONE);
        EndTxnResponse older = end(OLDER, producer, true);
        assertThat(errorOf(older)).isEqualTo(ErrorCode.NONE);
        assertThat(older.producerId()).isEqualTo(-1);
        Identity same = new Identity(producer.id(), producer.epoch());
        assertThat(addPartition(3, same, false)).isEqualTo(ErrorCode.NONE);
        EndTxnResponse newest = end(NEWEST, same, true);
        assertThat(errorOf(newest)).isEqualTo(ErrorCode.NONE);
        assertThat(newest.producerId()).isEqualTo(producer.id());
        assertThat(newest.producerEpoch()).isEqualTo((short) (producer.epoch() + 1));
    }

    // Who may

    /** Allows one operation on one type of resource. */
    private record Only(Operation allowed, ResourceType on, boolean onAny) implements Authorizer {
        @Override
        public boolean allows(Principal principal, String host, Operation operation, ResourceType type, String name) {
            return !onAny && operation == allowed && type == on;
        }

        @Override
        public boolean allowsOnAny(Principal principal, String host, Operation operation, ResourceType type) {
            return onAny && operation == allowed && type == on;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "IDEMPOTENT_WRITE, CLUSTER, false, NONE",
        "WRITE, TOPIC, true, NONE",
        "READ, TOPIC, true, CLUSTER_AUTHORIZATION_FAILED",
        "WRITE, GROUP, true, CLUSTER_AUTHORIZATION_FAILED",
        "WRITE, TRANSACTIONAL_ID, false, CLUSTER_AUTHORIZATION_FAILED"
    })
    @DisplayName("KIP-679: whoever may write to some topic may be idempotent")
    void whoMayBeIdempotent(Operation operation, ResourceType type, boolean onAny, ErrorCode expected) {
        InitProducerIdResponse answer = init(NEWEST, null, null, new Only(operation, type, onAny));
        assertThat(errorOf(answer)).isEqualTo(expected);
        assertThat(answer.producerEpoch()).isEqualTo((short) (expected == ErrorCode.NONE ? 0 : -1));
    }

    @Test
    void aTransactionalIdNeedsARightOfItsOwn() {
        assertThat(errorOf(init(NEWEST, ID, null, new Only(Operation.WRITE, ResourceType.TOPIC, true))))
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    @Test
    void whoeverAsksForIdsWithoutEndIsToComeAgain() {
        for (int i = 0; i < 100; i++) {
            assertThat(errorOf(init(NEWEST, null, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
        }
        assertThat(errorOf(init(NEWEST, null, null, Authorizer.ALLOW_ALL)))
                .isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(errorOf(init(NEWEST, ID, null, Authorizer.ALLOW_ALL)))
                .as("a transactional id is another matter")
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void theFirstOffsetsOfAllCreateTheTopicOfOffsets() {
        Identity producer = begin();
        TopicImage offsets = requireNonNull(logs.metadata.image().topic(TopicImage.CONSUMER_OFFSETS));
        proposals.propose(List.of(new DeleteTopic(offsets.id())), (outcomes, image) -> {});
        run();
        assertThat(logs.metadata.image().topic(TopicImage.CONSUMER_OFFSETS)).isNull();
        assertThat(addOffsets(3, producer)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aTransactionEndsThoughTheTopicOfItsOffsetsIsGone() {
        Identity producer = begin();
        assertThat(addOffsets(3, producer)).isEqualTo(ErrorCode.NONE);
        TopicImage offsets = requireNonNull(logs.metadata.image().topic(TopicImage.CONSUMER_OFFSETS));
        proposals.propose(List.of(new DeleteTopic(offsets.id())), (outcomes, image) -> {});
        run();
        assertThat(errorOf(end(4, producer, true))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(init(NEWEST, ID, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
    }

    /** So many that together they look at more characters than one request may. */
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "p*"})
    @DisplayName("KIP-1152: the work that a pattern may take is one request's, and takes nothing from others")
    void listingsDoNotUseUpEachOthersWork(@Nullable String pattern) {
        String longId = "p".repeat(30_000);
        assertThat(errorOf(init(NEWEST, longId, null, Authorizer.ALLOW_ALL))).isEqualTo(ErrorCode.NONE);
        for (int i = 0; i < 400; i++) {
            ListTransactionsResponse listed = list(pattern);
            assertThat(ErrorCode.forCode(listed.errorCode())).isEqualTo(ErrorCode.NONE);
            assertThat(listed.transactionStates())
                    .extracting(TransactionState::transactionalId)
                    .containsExactly(longId);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "p*p*p*p*p*p*q"})
    @DisplayName("KIP-1152: a pattern that is none, or takes too long")
    void aPatternThatIsRefused(String pattern) {
        assertThat(errorOf(init(NEWEST, "p".repeat(100), null, Authorizer.ALLOW_ALL)))
                .isEqualTo(ErrorCode.NONE);
        assertThat(ErrorCode.forCode(list(pattern).errorCode())).isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
        assertThat(list(null).transactionStates()).hasSize(1);
    }
}
