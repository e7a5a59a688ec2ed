package io.headrace.server.api;

import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.InitializeCluster;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.RegisterBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A metadata log that carries out proposals at once, in memory. For one thread. */
final class MemoryMetadataLog implements MetadataLog {
    private final List<Listener> listeners = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;

    /** A cluster of one broker, number 1. */
    static MemoryMetadataLog oneBroker() {
        MemoryMetadataLog log = new MemoryMetadataLog();
        List<Endpoint> endpoints = List.of(new Endpoint("PLAINTEXT", "", 9092, (short) 0));
        log.image = log.image.apply(new InitializeCluster("cluster")).image();
        log.image = log.image
                .apply(new RegisterBroker(1, new UUID(1, 1), endpoints, null, false))
                .image();
        return log;
    }

    @Override
    public void propose(List<MetadataCommand> commands, Proposal proposal) {
        MetadataImage before = image;
        List<CommandResult> results = new ArrayList<>();
        for (MetadataCommand command : commands) {
            MetadataImage.Applied applied = image.apply(command);
            image = applied.image();
            results.add(applied.result());
        }
        listeners.forEach(listener -> listener.changed(before, image));
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
