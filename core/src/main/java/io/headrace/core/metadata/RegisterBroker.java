package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a broker part of the cluster, or says that it started again. Its result is the broker's epoch.
 *
 * @param id the broker's number
 * @param incarnation tells this run of its process from others
 * @param endpoints where it can be reached
 * @param rack where it stands; null when not said
 */
public record RegisterBroker(
        int id,
        UUID incarnation,
        List<BrokerRegistration.Endpoint> endpoints,
        @Nullable String rack) implements MetadataCommand {

    /** Copies the list unless it is immutable already. */
    public RegisterBroker {
        endpoints = List.copyOf(endpoints);
    }

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        if (id < 0 || endpoints.isEmpty()) {
            return CommandResult.refused(ErrorCode.INVALID_REQUEST, "A broker needs a number and an address.");
        }
        BrokerRegistration known = image.broker(id);
        if (known != null
                && known.incarnation().equals(incarnation)
                && known.endpoints().equals(endpoints)) {
            return CommandResult.ok(known.epoch());
        }
        long epoch = image.index();
        changed.putBroker(new BrokerRegistration(id, epoch, incarnation, endpoints, rack, false));
        return CommandResult.ok(epoch);
    }
}
