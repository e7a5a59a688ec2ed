package io.headrace.protocol.records;

import java.util.Random;

/** The seed of a randomised test: {@code -Dseed=} or a fresh one, printed so that a failure can be replayed. */
final class Seed {
    private Seed() {}

    static Random random(String test) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println(test + ": replay with -Dseed=" + seed);
        return new Random(seed);
    }
}
