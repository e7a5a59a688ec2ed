package io.headrace.server.group;

import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.RegisterBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The metadata of a cluster of one broker, changed on the caller's thread. */
final class MemoryMetadata implements MetadataLog {
    private final List<Listener> listeners = new ArrayList<>();
    private volatile MetadataImage image = MetadataImage.EMPTY;

    MemoryMetadata(int brokerId) {
        apply(new RegisterBroker(
                brokerId,
                new UUID(5, 5),
                List.of(new Endpoint("PLAINTEXT", "broker.example", 9092, (short) 0)),
                null,
                false));
        BrokerRegistration broker = image.broker(brokerId);
        if (broker == null || broker.fenced()) {
            throw new IllegalStateException("The broker is not registered: " + image);
        }
    }

    CommandResult apply(MetadataCommand command) {
        MetadataImage before = image;
        MetadataImage.Applied applied = before.apply(command);
        image = applied.image();
        listeners.forEach(listener -> listener.changed(before, applied.image()));
        return applied.result();
    }

    @Override
    public void propose(List<MetadataCommand> commands, Proposal proposal) {
        List<CommandResult> results = commands.stream().map(this::apply).toList();
        proposal.committed(results, image);
    }

    @Override
    public MetadataImage image() {
        return image;
    }

    @Override
    public void addListener(Listener listener) {
        listeners.add(listener);
    }
}
