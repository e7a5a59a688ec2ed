package io.headrace.core.transaction;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Adds partitions to transactions, and says which are in one.
 *
 * <p>The first write of a transaction often comes before the one before is completed. In version 2 it waits for that here,
 * for a short while, as a client that is turned away comes back too late.
 */
final class PartitionAdds {
    /** Somebody who wants partitions to be in a transaction. */
    static final class Add {
        private final AddPartitions request;
        private final Waiter<ErrorCode> waiter;
        private final long patientUntilMs;
        private boolean answered = false;

        private Add(AddPartitions request, Waiter<ErrorCode> waiter, long patientUntilMs) {
            this.request = request;
            this.waiter = waiter;
            this.patientUntilMs = patientUntilMs;
        }

        private void answer(ErrorCode error, Effects effects) {
            if (!answered) {
                answered = true;
                effects.reply(waiter, error);
            }
        }
    }

    private final TransactionSettings settings;

    /** All that wait or have waited, in order of time, as everybody has the same patience. */
    private final Deque<Add> patience = new ArrayDeque<>();

    PartitionAdds(TransactionSettings settings) {
        this.settings = settings;
    }

    /** Adds partitions, now or when nothing is pending any more. */
    void add(Transaction transaction, AddPartitions request, Waiter<ErrorCode> waiter, Effects effects) {
        Add add = new Add(request, waiter, effects.nowMs + settings.addPatienceMs());
        if (!transaction.isMoving()) {
            addAll(transaction, List.of(add), effects);
        } else if (request.patient() && transaction.waiting.size() < settings.waitingAddsMax()) {
            transaction.waiting.addLast(add);
            patience.addLast(add);
        } else {
            add.answer(ErrorCode.CONCURRENT_TRANSACTIONS, effects);
        }
    }

    /** The transaction has stopped moving: whoever waited has a turn. */
    void resume(Transaction transaction, Effects effects) {
        if (!transaction.waiting.isEmpty() && !transaction.isMoving()) {
            List<Add> all = List.copyOf(transaction.waiting);
            transaction.waiting.clear();
            addAll(transaction, all, effects);
        }
    }

    /** Adds what several requests ask for with one record. */
    private void addAll(Transaction transaction, List<Add> adds, Effects effects) {
        Set<TopicPartition> missing = new TreeSet<>();
        List<Add> served = new ArrayList<>();
        short version = 0;
        for (Add add : adds) {
            ErrorCode error = add.answered ? ErrorCode.NONE : check(transaction.metadata, add.request);
            boolean isThere = transaction.metadata.state() == TransactionState.ONGOING
                    && transaction.metadata.partitions().containsAll(add.request.partitions());
            if (add.answered || error != ErrorCode.NONE || isThere) {
                add.answer(error, effects);
            } else {
                missing.addAll(add.request.partitions());
                served.add(add);
                version = add.request.clientVersion();
            }
        }
        if (served.isEmpty()) {
            return;
        }
        TransactionMetadata next = transaction.metadata.withPartitions(missing, version, effects.nowMs);
        if (next.partitions().size() > settings.partitionsMax()) {
            served.forEach(add -> add.answer(ErrorCode.POLICY_VIOLATION, effects));
            return;
        }
        effects.write(transaction, next, new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                served.forEach(add -> add.answer(ErrorCode.NONE, later));
            }

            @Override
            public void overdue(Effects later) {
                failed(ErrorCode.COORDINATOR_NOT_AVAILABLE, later);
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                served.forEach(add -> add.answer(error, later));
            }
        });
    }

    private static ErrorCode check(TransactionMetadata metadata, AddPartitions request) {
        if (metadata.producerId() != request.producerId()) {
            return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        }
        if (metadata.producerEpoch() != request.producerEpoch()) {
            return ErrorCode.PRODUCER_FENCED;
        }
        return metadata.state().isPrepared() ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.NONE;
    }

    /** Which of the partitions are in the transaction; the others get an error. */
    static Map<TopicPartition, ErrorCode> verify(TransactionMetadata metadata, AddPartitions request) {
        ErrorCode error = check(metadata, request);
        Map<TopicPartition, ErrorCode> answer = new LinkedHashMap<>();
        for (TopicPartition partition : request.partitions()) {
            ErrorCode own =
                    metadata.partitions().contains(partition) ? ErrorCode.NONE : ErrorCode.TRANSACTION_ABORTABLE;
            answer.put(partition, error == ErrorCode.NONE ? own : error);
        }
        return answer;
    }

    /** When somebody loses patience; {@link Long#MAX_VALUE} if nobody will. */
    long nextDeadlineMs() {
        Add first = patience.peekFirst();
        return first == null ? Long.MAX_VALUE : first.patientUntilMs;
    }

    /** Turns away those who have waited too long. */
    void runDue(Effects effects) {
        while (nextDeadlineMs() <= effects.nowMs) {
            Add add = patience.removeFirst();
            add.answer(ErrorCode.CONCURRENT_TRANSACTIONS, effects);
        }
    }

    /** Turns away everybody who waits. */
    void failWaiting(Transaction transaction, ErrorCode error, Effects effects) {
        transaction.waiting.forEach(add -> add.answer(error, effects));
        transaction.waiting.clear();
    }

    void clear() {
        patience.clear();
    }
}
