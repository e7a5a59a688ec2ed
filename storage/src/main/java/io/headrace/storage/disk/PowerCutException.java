package io.headrace.storage.disk;

import java.io.IOException;

/** The simulated disk has lost power: nothing works until {@link SimulatedDisk#crash} gives the disk that comes back. */
public final class PowerCutException extends IOException {
    PowerCutException(String action) {
        super("Power cut before or during: " + action);
    }
}
