package io.headrace.simulation.broker;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ways to break a broker from outside, to see that the checks notice. The methods here break nothing. */
public interface Tampering {
    /** Breaks nothing. */
    Tampering NONE = new Tampering() {};

    /** What is different in the broker's configuration. */
    default Map<String, String> config() {
        return Map.of();
    }

    /** What the broker gets instead of its disk. */
    default Disk disk(Disk real) {
        return real;
    }

    /** The disk before the broker starts on it. */
    default void beforeStart(SimulatedDisk disk, Path dir) throws IOException {}

    /** What the handler gets instead of a request; null to keep the request from it, for {@link #answer} to serve. */
    default @Nullable ApiMessage request(ApiKey key, ApiMessage request) {
        return request;
    }

    /** The answer to a request that {@link #request} kept. */
    default ApiMessage answer(ApiKey key, ApiMessage request) {
        throw new IllegalStateException("No answer to " + key);
    }

    /** What the client gets instead of an answer. */
    default ApiMessage response(ApiKey key, ApiMessage request, ApiMessage response) {
        return response;
    }
}
