package io.headrace.server.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.InitializeCluster;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.RegisterBroker;
import io.headrace.storage.metadata.PublishedImage;
import java.util.List;
import java.util.UUID;

/** A metadata log that carries out proposals at once, in memory, on the caller's thread. Other threads may read the image. */
public final class MemoryMetadataLog implements MetadataLog {
    private final PublishedImage published = new PublishedImage(MetadataImage.EMPTY);

    private MemoryMetadataLog() {}

    /** A cluster of one broker, number 1, at whatever host its clients connect to. */
    public static MemoryMetadataLog oneBroker() {
        return oneBroker(1, "");
    }

    /** @param host what clients are told to connect to; empty for what they connected to */
    public static MemoryMetadataLog oneBroker(int brokerId, String host) {
        MemoryMetadataLog log = new MemoryMetadataLog();
        List<Endpoint> endpoints = List.of(new Endpoint("PLAINTEXT", host, 9092, (short) 0));
        for (MetadataCommand command : List.of(
                new InitializeCluster("cluster"),
                new RegisterBroker(brokerId, new UUID(1, 1), endpoints, null, false))) {
            assertThat(log.apply(command).isOk()).isTrue();
        }
        return log;
    }

    /** Carries out one command. */
    public CommandResult apply(MetadataCommand command) {
        MetadataImage.Applied applied = image().apply(command);
        published.publish(applied.image());
        return applied.result();
    }

    @Override
    public void propose(List<MetadataCommand> commands, Proposal proposal) {
        List<CommandResult> results = commands.stream().map(this::apply).toList();
        proposal.committed(results, image());
    }

    @Override
    public MetadataImage image() {
        return published.image();
    }

    @Override
    public void addListener(Listener listener) {
        published.addListener(listener);
    }
}
