package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a broker part of the cluster, or says that it started again. Its result is the broker's epoch.
 *
 * <p>A broker that did not stop in order may have lost the end of logs that clients have read. So the leader epoch of
 * every partition that it leads rises by one, which has those clients ask where the epoch before ended (KIP-320).
 *
 * @param id the broker's number
 * @param incarnation tells this run of its process from others
 * @param endpoints where it can be reached
 * @param rack where it stands; null when not said
 * @param afterUncleanShutdown whether the run before this one did not end in order
 */
public record RegisterBroker(
        int id,
        UUID incarnation,
        List<BrokerRegistration.Endpoint> endpoints,
        @Nullable String rack,
        boolean afterUncleanShutdown)
        implements MetadataCommand {

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
        if (raisesLeaderEpochs(known)) {
            changed.raiseLeaderEpochs(id, 1);
        }
        long epoch = image.index();
        changed.putBroker(new BrokerRegistration(id, epoch, incarnation, endpoints, rack, false));
        return CommandResult.ok(epoch);
    }

    /** Whether this is news of an unclean shutdown, to who knows the broker so. */
    boolean raisesLeaderEpochs(@Nullable BrokerRegistration known) {
        return afterUncleanShutdown && (known == null || !known.incarnation().equals(incarnation));
    }

    /** The same but for the shutdown. */
    RegisterBroker afterOrderlyShutdown() {
        return new RegisterBroker(id, incarnation, endpoints, rack, false);
    }
}
