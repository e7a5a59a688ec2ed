package io.headrace.network.server;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts connections over all listeners and by address. Any thread. */
final class ConnectionLimits {
    private volatile ServerOptions options;
    private final AtomicInteger count = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    ConnectionLimits(ServerOptions options) {
        this.options = options;
    }

    void change(ServerOptions changed) {
        options = changed;
    }

    boolean isFull() {
        return count.get() >= options.connectionsMax();
    }

    int count() {
        return count.get();
    }

    /** False if the address has all it may have; otherwise {@link #remove} must follow some time. */
    boolean add(InetAddress address) {
        ServerOptions now = options;
        int max = now.connectionsPerAddressOverrides().getOrDefault(address, now.connectionsPerAddressMax());
        boolean[] added = new boolean[1];
        byAddress.compute(address, (key, before) -> {
            int open = before == null ? 0 : before;
            added[0] = open < max;
            int after = added[0] ? open + 1 : open;
            return after == 0 ? null : after;
        });
        if (added[0]) {
            count.incrementAndGet();
        }
        return added[0];
    }

    void remove(InetAddress address) {
        byAddress.computeIfPresent(address, (key, before) -> before == 1 ? null : before - 1);
        count.decrementAndGet();
    }
}
