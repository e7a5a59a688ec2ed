package io.headrace.core.transaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which transactions somebody wants to see (KIP-664, KIP-994). */
public final class TransactionFilter {
    private final Set<Long> producerIds;
    private final Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
    private final List<String> unknownStates = new ArrayList<>();
    private final boolean anyState;
    private final long durationMs;

    /**
     * A filter.
     *
     * @param stateNames names of states; none of them lets all pass
     * @param producerIds ids of producers; none of them lets all pass
     * @param durationMs only transactions that began longer ago than this; negative lets all pass
     */
    public TransactionFilter(Collection<String> stateNames, Collection<Long> producerIds, long durationMs) {
        this.producerIds = new HashSet<>(producerIds);
        this.anyState = stateNames.isEmpty();
        this.durationMs = durationMs;
        for (String name : stateNames) {
            TransactionState state = TransactionState.ofName(name);
            if (state == null) {
                unknownStates.add(name);
            } else {
                states.add(state);
            }
        }
    }

    /** The names that are no state's. */
    public List<String> unknownStates() {
        return unknownStates;
    }

    boolean matches(TransactionMetadata metadata, long nowMs) {
        return (producerIds.isEmpty() || producerIds.contains(metadata.producerId()))
                && (anyState || states.contains(metadata.state()))
                && (durationMs < 0 || nowMs - metadata.startMs() > durationMs);
    }
}
