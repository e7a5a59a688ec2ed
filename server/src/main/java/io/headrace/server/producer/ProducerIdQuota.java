package io.headrace.server.producer;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;

/**
 * How many producer ids each client may still ask for: so many a second, and a hundred seconds' worth at once. Without it a
 * client that asks for a new id for every batch, by mistake, has partitions forget the producers that are quiet, whose repeated
 * batches then count as new. It does not stop one that makes ids up: a partition takes batches of any id, as Kafka does.
 *
 * <p>A client is a principal at an address. Any thread.
 */
public final class ProducerIdQuota {
    private static final int SECONDS_AT_ONCE = 100;
    private static final double MS_PER_SECOND = 1_000.0;

    private final int idsPerSecond;
    private final int clientsMax;
    private final LongSupplier monotonicMs;
    /** Guarded by this. The one that has not asked for the longest time is the first. */
    private final LinkedHashMap<String, Allowance> allowances = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Allowance {
        double ids;
        long countedMs;

        Allowance(double ids, long countedMs) {
            this.ids = ids;
            this.countedMs = countedMs;
        }
    }

    /**
     * A quota that nobody has used yet.
     *
     * @param idsPerSecond how many ids a client may have each second
     * @param clientsMax how many clients are remembered; one that is forgotten begins anew
     * @param monotonicMs a clock that never goes back, milliseconds
     */
    public ProducerIdQuota(int idsPerSecond, int clientsMax, LongSupplier monotonicMs) {
        this.idsPerSecond = idsPerSecond;
        this.clientsMax = clientsMax;
        this.monotonicMs = monotonicMs;
    }

    /** Takes one id from a client's allowance; false if nothing is left of it for now. */
    public synchronized boolean take(String client) {
        long nowMs = monotonicMs.getAsLong();
        double most = (double) idsPerSecond * SECONDS_AT_ONCE;
        Allowance allowance = allowances.computeIfAbsent(client, name -> new Allowance(most, nowMs));
        double since = (nowMs - allowance.countedMs) / MS_PER_SECOND * idsPerSecond;
        allowance.ids = Math.min(most, allowance.ids + since);
        allowance.countedMs = nowMs;
        if (allowances.size() > clientsMax) {
            Iterator<Allowance> quietestFirst = allowances.values().iterator();
            quietestFirst.next();
            quietestFirst.remove();
        }
        if (allowance.ids < 1) {
            return false;
        }
        allowance.ids--;
        return true;
    }
}
