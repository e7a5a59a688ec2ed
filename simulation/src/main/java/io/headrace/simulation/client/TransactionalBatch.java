package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.List;

/** A batch that is part of a transaction, and what became of it. */
final class TransactionalBatch {
    private final Partition partition;
    private final List<Long> values;
    private final int firstSequence;
    private boolean acknowledged;
    private long baseOffset = Operation.NO_OFFSET;

    TransactionalBatch(Partition partition, List<Long> values, int firstSequence) {
        this.partition = partition;
        this.values = List.copyOf(values);
        this.firstSequence = firstSequence;
    }

    Partition partition() {
        return partition;
    }

    List<Long> values() {
        return values;
    }

    int firstSequence() {
        return firstSequence;
    }

    boolean isAcknowledged() {
        return acknowledged;
    }

    /** @param offset where it begins; negative if that is not known */
    void acknowledged(long offset) {
        acknowledged = true;
        baseOffset = offset < 0 ? Operation.NO_OFFSET : offset;
    }

    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            long offset = baseOffset == Operation.NO_OFFSET ? baseOffset : baseOffset + i;
            steps.add(new Step(Action.SEND, partition.key(), values.get(i), offset));
        }
        return steps;
    }
}
