package io.headrace.storage.log;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** Tells the operator of damage, once for each place, however often readers come upon it. Safe for use by many threads. */
final class ReportedDamage {
    private static final Logger LOG = System.getLogger(ReportedDamage.class.getName());
    static final int PLACES_MAX = 64;

    private record Place(Path file, long position) {}

    private final Set<Place> told = new LinkedHashSet<>();

    /** @return whether it is news */
    boolean report(CorruptLogException damage) {
        boolean news = note(new Place(damage.file(), damage.position()));
        if (news) {
            LOG.log(Level.ERROR, "Found when it was read, and not served: {0}", damage.getMessage());
        }
        return news;
    }

    private synchronized boolean note(Place place) {
        if (told.size() >= PLACES_MAX && !told.contains(place)) {
            told.remove(told.iterator().next());
        }
        return told.add(place);
    }
}
