package io.headrace.server.api;

import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.server.transaction.TransactionVerifier;
import io.headrace.storage.MarkerTask;
import io.headrace.storage.PartitionReplica;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * The coordinator of one transaction, which has every partition in it until it ends. The test says when questions reach it, when
 * its answers come back, and when its markers are written.
 */
final class FakeTransaction implements TransactionVerifier {
    private final Queue<Runnable> questions = new ArrayDeque<>();
    private final Queue<Runnable> answers = new ArrayDeque<>();
    private boolean ended;

    @Override
    public void verify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            boolean addIfMissing,
            Consumer<Map<TopicPartition, ErrorCode>> answer) {
        questions.add(() -> {
            ErrorCode error = decide(addIfMissing);
            Map<TopicPartition, ErrorCode> errors = new LinkedHashMap<>();
            partitions.forEach(partition -> errors.put(partition, error));
            answers.add(() -> answer.accept(errors));
        });
    }

    /** With version 2 the end has raised the producer's epoch. */
    private ErrorCode decide(boolean addIfMissing) {
        if (!ended) {
            return ErrorCode.NONE;
        }
        return addIfMissing ? ErrorCode.PRODUCER_FENCED : ErrorCode.TRANSACTION_ABORTABLE;
    }

    /** A question that is on its way, if there is one, is decided by what is so now. */
    void decideOne() {
        runNext(questions);
    }

    /** An answer that is on its way, if there is one, arrives. */
    void deliverOne() {
        runNext(answers);
    }

    private static void runNext(Queue<Runnable> queue) {
        Runnable next = queue.poll();
        if (next != null) {
            next.run();
        }
    }

    /** The transaction is decided; its markers are still to be written. */
    void end() {
        ended = true;
    }

    /** Writes the marker; the caller runs the log writer. */
    static List<ErrorCode> mark(
            BrokerLogs logs, PartitionReplica replica, long producerId, int epoch, boolean commit, int version) {
        List<ErrorCode> outcome = new ArrayList<>();
        logs.store()
                .writer()
                .enqueueInternal(new MarkerTask(
                        replica,
                        0,
                        MarkerTask.Sender.OWN_COORDINATOR,
                        producerId,
                        (short) epoch,
                        new EndTransactionMarker(commit, 0),
                        (short) version,
                        BrokerLogs.NOW_MS,
                        outcome::add));
        return outcome;
    }
}
