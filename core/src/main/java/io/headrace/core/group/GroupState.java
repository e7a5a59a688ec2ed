package io.headrace.core.group;

import java.util.Locale;

/**
 * Where a classic group stands.
 *
 * <ul>
 *   <li>{@link #EMPTY} to {@link #PREPARING_REBALANCE}: the first member joins.
 *   <li>{@link #PREPARING_REBALANCE} to {@link #COMPLETING_REBALANCE}: all known members have joined, or the time is up;
 *       the leader is asked for an assignment. To {@link #EMPTY} if nobody is left.
 *   <li>{@link #COMPLETING_REBALANCE} to {@link #STABLE}: the leader's assignment is durable.
 *   <li>{@link #COMPLETING_REBALANCE} or {@link #STABLE} to {@link #PREPARING_REBALANCE}: a member joined anew, changed
 *       its metadata, left or was lost.
 *   <li>{@link #EMPTY} to {@link #DEAD}: the group's deletion is on its way to the log. It is gone once that is durable,
 *       and {@link #EMPTY} again if it could not be written.
 * </ul>
 */
enum GroupState {
    EMPTY("Empty"),
    PREPARING_REBALANCE("PreparingRebalance"),
    COMPLETING_REBALANCE("CompletingRebalance"),
    STABLE("Stable"),
    DEAD("Dead");

    private final String displayName;
    private final String filterName;

    GroupState(String displayName) {
        this.displayName = displayName;
        this.filterName = displayName.toLowerCase(Locale.ROOT);
    }

    /** The name in answers. */
    String displayName() {
        return displayName;
    }

    /** The lower-case name that state filters are compared with. */
    String filterName() {
        return filterName;
    }

    /** Whether a new round of joining may begin. */
    boolean canRebalance() {
        return this == EMPTY || this == COMPLETING_REBALANCE || this == STABLE;
    }
}
