package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import java.util.function.Supplier;

/** A fetch of offsets that waits for the commits before it. */
final class StableFetch implements AppendOutcome<Effects> {
    private final Waiter<OffsetFetchResponseGroup> waiter;
    private final String groupId;
    private final Supplier<OffsetFetchResponseGroup> fetch;
    private boolean answered = false;

    StableFetch(Waiter<OffsetFetchResponseGroup> waiter, String groupId, Supplier<OffsetFetchResponseGroup> fetch) {
        this.waiter = waiter;
        this.groupId = groupId;
        this.fetch = fetch;
    }

    @Override
    public void durable(Effects effects) {
        if (!answered) {
            answered = true;
            effects.reply(waiter, fetch.get());
        }
    }

    @Override
    public void overdue(Effects effects) {
        failed(ErrorCode.NOT_COORDINATOR, effects);
    }

    @Override
    public void failed(ErrorCode error, Effects effects) {
        if (!answered) {
            answered = true;
            // Clients before 3.9 do not try again after COORDINATOR_NOT_AVAILABLE here.
            ErrorCode shown = error == ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : error;
            effects.reply(
                    waiter, new OffsetFetchResponseGroup().setGroupId(groupId).setErrorCode(shown.code()));
        }
    }
}
