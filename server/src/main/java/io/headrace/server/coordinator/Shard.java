package io.headrace.server.coordinator;

import io.headrace.core.coordinator.Coordinator;
import org.jspecify.annotations.Nullable;

/**
 * One partition of an internal topic as this broker sees it. Owned by the coordinator thread.
 *
 * <p>{@code ABSENT} until the broker leads the partition; then {@code LOADING}; {@code ACTIVE} once the log was read,
 * {@code LOADING} again after a failure; {@code ABSENT} when the lead is lost.
 *
 * @param <C> the kind of coordinator
 */
final class Shard<C extends Coordinator> {
    enum State {
        ABSENT,
        LOADING,
        ACTIVE
    }

    final int partition;

    private State state = State.ABSENT;
    private @Nullable C coordinator;
    private int leaderEpoch = -1;

    /** Tells the outcome of earlier loads and appends from that of the present ones. */
    private long incarnation = 0;

    /** Appends of any incarnation whose outcome is open. While there are some, the log's end is not known. */
    int appendsInFlight = 0;

    Shard(int partition) {
        this.partition = partition;
    }

    State state() {
        return state;
    }

    long incarnation() {
        return incarnation;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** The running coordinator; null unless active, and while nobody has needed one since an empty log was read. */
    @Nullable
    C coordinator() {
        return coordinator;
    }

    /** When to read the log again after a failure, and how long to wait if that fails too. */
    long retryAtMs = Long.MAX_VALUE;

    long retryPauseMs = 0;

    /** Whether the log was read and holds what cannot be understood, and must be. */
    boolean isRefused = false;

    void beginLoading(int newLeaderEpoch) {
        incarnation++;
        retryAtMs = Long.MAX_VALUE;
        leaderEpoch = newLeaderEpoch;
        state = State.LOADING;
        coordinator = null;
    }

    /** Without a coordinator, the shard costs nothing until it is used. */
    void activate(@Nullable C loaded) {
        state = State.ACTIVE;
        coordinator = loaded;
        retryPauseMs = 0;
        isRefused = false;
    }

    void leave() {
        incarnation++;
        retryAtMs = Long.MAX_VALUE;
        retryPauseMs = 0;
        isRefused = false;
        leaderEpoch = -1;
        state = State.ABSENT;
        coordinator = null;
    }
}
