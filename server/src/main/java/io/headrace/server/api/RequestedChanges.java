package io.headrace.server.api;

import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.PartitionLimits;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.Proposals.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of the metadata that one request wants, each with its own answer: what is refused at once, and what the
 * metadata decides on.
 *
 * @param <C> the command that makes one change
 * @param <R> the answer to one change, as it stands in the response
 */
final class RequestedChanges<C extends MetadataCommand, R> {
    private record Pending<C, R>(C command, R result) {}

    private final BiConsumer<R, Outcome> answer;
    private final Map<Object, Integer> mentions = new HashMap<>();
    private final List<R> results = new ArrayList<>();
    private final List<Pending<C, R>> pending = new ArrayList<>();

    /**
     * @param things what the request wants to change, as often as it names it
     * @param answer writes into a result what became of its change
     */
    RequestedChanges(Stream<?> things, BiConsumer<R, Outcome> answer) {
        this.answer = answer;
        things.forEach(thing -> mentions.merge(thing, 1, Integer::sum));
    }

    /** Whether the request names this more than once. */
    boolean isRepeated(Object thing) {
        return mentions.getOrDefault(thing, 0) > 1;
    }

    /** Whether {@link #answerOnce} was called for this: it needs no other result. */
    boolean isAnswered(Object thing) {
        return mentions.getOrDefault(thing, 0) == 0;
    }

    /** All mentions of this thing share the result that it has. */
    void answerOnce(Object thing) {
        mentions.put(thing, 0);
    }

    /** Adds a result to the response. */
    void addResult(R result) {
        results.add(result);
    }

    /** The results in the order of the request. */
    List<R> results() {
        return results;
    }

    /** Answers without asking the metadata. */
    void refuse(R result, ErrorCode error, @Nullable String message) {
        answer.accept(result, new Outcome(error, message));
    }

    /** Leaves it to the metadata to answer. */
    void propose(R result, C command) {
        pending.add(new Pending<>(command, result));
    }

    /**
     * Refuses all that was to be left to the metadata if it comes to more new partitions than one request may create.
     *
     * @param newPartitions how many a command asks for; negative if that makes no sense, which is the metadata's to refuse
     */
    void limitNewPartitions(ToIntFunction<C> newPartitions) {
        long wanted = pending.stream()
                .mapToLong(change -> Math.max(0, newPartitions.applyAsInt(change.command)))
                .sum();
        if (wanted > PartitionLimits.NEW_PARTITIONS_PER_REQUEST_MAX) {
            String message =
                    "One request can create at most " + PartitionLimits.NEW_PARTITIONS_PER_REQUEST_MAX + " partitions.";
            pending.forEach(change -> refuse(change.result, ErrorCode.POLICY_VIOLATION, message));
            pending.clear();
        }
    }

    private List<C> commands() {
        return pending.stream().map(Pending::command).toList();
    }

    /**
     * Has the metadata decide.
     *
     * @param onlyTry whether nothing is to change
     * @param whenDone runs with the metadata after the changes, when every result is written; on the metadata's thread
     */
    void carryOut(Proposals metadata, boolean onlyTry, Consumer<MetadataImage> whenDone) {
        Proposals.Receiver receiver = (outcomes, after) -> {
            for (int i = 0; i < outcomes.size(); i++) {
                answer.accept(pending.get(i).result, outcomes.get(i));
            }
            whenDone.accept(after);
        };
        if (onlyTry) {
            metadata.tryOut(commands(), receiver);
        } else {
            metadata.propose(commands(), receiver);
        }
    }

    /** Visits the changes that were left to the metadata. */
    void forEachProposed(BiConsumer<R, C> visitor) {
        pending.forEach(change -> visitor.accept(change.result, change.command));
    }
}
