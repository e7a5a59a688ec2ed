package io.headrace.core.group;

/**
 * Something that happens at a time unless it is moved or cancelled first.
 *
 * <p>Each heartbeat moves its member's deadline, so moving one to a later time must cost no more than a field write:
 * the {@link DeadlineQueue} keeps the earlier place and looks again when that time comes.
 */
final class Deadline {
    /** The time of a deadline that is not running. */
    static final long NEVER = Long.MAX_VALUE;

    /** What happens when the time has come. */
    interface Action {
        void run(Effects effects);
    }

    private final Action action;

    /** When it shall happen, or {@link #NEVER}. */
    long atMs = NEVER;

    /** The time of the one queue entry that counts; entries with another time are left over from earlier. */
    long queuedAtMs = NEVER;

    Deadline(Action action) {
        this.action = action;
    }

    boolean isRunning() {
        return atMs != NEVER;
    }

    void run(Effects effects) {
        action.run(effects);
    }
}
