package io.headrace.server.transaction;

import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.transaction.AddPartitions;
import io.headrace.core.transaction.InitProducer;
import io.headrace.core.transaction.MarkerWrite;
import io.headrace.core.transaction.TopicPartition;
import io.headrace.core.transaction.TransactionCoordinator;
import io.headrace.core.transaction.TransactionFilter;
import io.headrace.core.transaction.TransactionSettings;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListTransactionsResponse;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.Coordinators;
import io.headrace.server.producer.ProducerIds;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * All transaction coordinators of this broker: one for each partition of {@code __transaction_state} that it leads.
 *
 * <p>Everything happens on one thread, {@code coord-1}; the methods for requests may be called from any.
 */
public final class TransactionCoordinators implements Coordinators<TransactionCoordinator>, TransactionVerifier {
    private final CoordinatorShards<TransactionCoordinator> shards;
    private final ProducerIdReserve producerIds;
    private final MarkerWriter markers;
    private final TransactionSettings settings;
    private final LongSupplier clockMs;

    /**
     * Coordinators that do nothing before {@link #start}.
     *
     * @param brokerId this broker's id in the metadata
     * @param settings the limits of each coordinator
     * @param metadata tells which partitions this broker leads
     * @param logs where the coordinators keep their state
     * @param producerIds ids for producers
     * @param markers writes the markers
     * @param clock what time it is
     * @param waitingRequestsMax requests that may wait for the coordinators' thread; more are refused
     */
    public TransactionCoordinators(
            int brokerId,
            TransactionSettings settings,
            MetadataLog metadata,
            CoordinatorShards.Logs logs,
            ProducerIds producerIds,
            MarkerWriter markers,
            CoordinatorClock clock,
            int waitingRequestsMax) {
        this.shards = new CoordinatorShards<>(
                brokerId,
                new CoordinatorShards.Kind<>(
                        "coord-1",
                        TopicImage.TRANSACTION_STATE,
                        "transactional ids",
                        "Restart their producers, which begin anew; what they left open is aborted after its timeout.",
                        CoordinatorShards.Unreadable.REFUSED,
                        (partition, leaderEpoch) -> coordinator(settings, partition, leaderEpoch)),
                metadata,
                logs,
                clock,
                waitingRequestsMax);
        this.producerIds = new ProducerIdReserve(producerIds, shards::execute);
        this.markers = markers;
        this.settings = settings;
        this.clockMs = clock.steadyMs();
    }

    /** Whether a request can be served by any coordinator; NONE if so. Any thread. */
    public ErrorCode check(InitProducer request) {
        return request.check(settings);
    }

    private TransactionCoordinator coordinator(TransactionSettings settings, int partition, int leaderEpoch) {
        return new TransactionCoordinator(settings, leaderEpoch, producerIds, marker -> write(partition, marker));
    }

    private void write(int coordinatorPartition, MarkerWrite marker) {
        TopicPartition target = marker.partition();
        markers.append(
                target.topic(),
                target.partition(),
                marker.producerId(),
                marker.producerEpoch(),
                marker.coordinatorEpoch(),
                marker.commit(),
                marker.transactionVersion(),
                error -> shards.tell(
                        coordinatorPartition,
                        (coordinator, nowMs) -> coordinator.onMarkerWritten(marker, error, nowMs)));
    }

    @Override
    public CoordinatorShards<TransactionCoordinator> shards() {
        return shards;
    }

    /**
     * As {@link #submit}, for a request that may need a producer id: then it waits until one is at hand.
     *
     * @param needsProducerId whether the coordinator would take one for it, as things are
     */
    public void submit(
            String transactionalId,
            Predicate<TransactionCoordinator> needsProducerId,
            CoordinatorShards.Input<TransactionCoordinator> input,
            Consumer<ErrorCode> refused) {
        Runnable afterwards = () -> shards.serve(transactionalId, input, refused);
        submit(
                transactionalId,
                (coordinator, nowMs) -> {
                    boolean waits = needsProducerId.test(coordinator) && producerIds.await(afterwards);
                    return waits ? Step.NOTHING : input.apply(coordinator, nowMs);
                },
                refused);
    }

    /**
     * Collects the transactions that a filter lets pass.
     *
     * @param finished says whether all could be seen, when they are in the list; on the coordinators' thread
     */
    public void list(
            TransactionFilter filter,
            List<ListTransactionsResponse.TransactionState> collected,
            Consumer<ErrorCode> finished) {
        shards.lookAtAll(coordinator -> collected.addAll(coordinator.list(filter, clockMs.getAsLong())), finished);
    }

    @Override
    public void verify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            boolean addIfMissing,
            Consumer<Map<TopicPartition, ErrorCode>> answer) {
        short version = (short) (addIfMissing ? 2 : 0);
        AddPartitions request =
                new AddPartitions(transactionalId, producerId, producerEpoch, partitions, version, addIfMissing);
        Consumer<ErrorCode> toAll = error -> answer.accept(forAll(partitions, error));
        submit(
                transactionalId,
                (coordinator, nowMs) -> {
                    if (addIfMissing) {
                        return coordinator.addPartitions(toAll::accept, request, nowMs);
                    }
                    answer.accept(coordinator.verifyPartitions(request));
                    return Step.NOTHING;
                },
                toAll);
    }

    private static Map<TopicPartition, ErrorCode> forAll(Collection<TopicPartition> partitions, ErrorCode error) {
        Map<TopicPartition, ErrorCode> errors = new LinkedHashMap<>();
        partitions.forEach(partition -> errors.put(partition, error));
        return errors;
    }
}
