package io.headrace.server.metadata;

import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Proposes changes of the metadata on behalf of requests. Any thread. */
public final class Proposals {
    private final MetadataLog log;

    public Proposals(MetadataLog log) {
        this.log = log;
    }

    /** Learns the answers. On the metadata log's thread. */
    @FunctionalInterface
    public interface Receiver {
        void onResults(List<Outcome> outcomes, MetadataImage image);
    }

    /** What became of one command, whether it was refused or never decided on. */
    public record Outcome(ErrorCode error, @Nullable String message) {}

    /** The newest metadata. */
    public MetadataImage image() {
        return log.image();
    }

    /** Proposes commands; with none of them the answer comes at once. */
    public void propose(List<? extends MetadataCommand> commands, Receiver receiver) {
        if (commands.isEmpty()) {
            receiver.onResults(List.of(), log.image());
            return;
        }
        log.propose(List.copyOf(commands), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage image) {
                receiver.onResults(
                        results.stream()
                                .map(result -> new Outcome(result.error(), result.message()))
                                .toList(),
                        image);
            }

            @Override
            public void failed(ErrorCode error, String message) {
                receiver.onResults(
                        commands.stream()
                                .map(command -> new Outcome(error, message))
                                .toList(),
                        log.image());
            }
        });
    }

    /** What the commands would be answered, without carrying them out. */
    public void tryOut(List<? extends MetadataCommand> commands, Receiver receiver) {
        MetadataImage image = log.image();
        List<Outcome> outcomes = new ArrayList<>(commands.size());
        for (MetadataCommand command : commands) {
            MetadataImage.Applied applied = image.apply(command);
            image = applied.image();
            outcomes.add(new Outcome(applied.result().error(), applied.result().message()));
        }
        receiver.onResults(outcomes, image);
    }
}
