package io.headrace.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PersistentMapTest {
    /** A key whose hash takes few values, so that hashes collide wholly and in part. */
    private record Key(int number, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    @Test
    void agreesWithHashMapUnderRandomChanges() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Map<Key, Integer> model = new HashMap<>();
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        for (int step = 0; step < 20_000; step++) {
            int number = random.nextInt(300);
            Key key = new Key(number, number % 7 == 0 ? 5 : (number * 0x9E3779B9) >>> (number % 3 * 10));
            if (random.nextInt(5) < 2) {
                model.remove(key);
                map = map.without(key);
            } else {
                model.put(key, step);
                map = map.with(key, step);
            }
            assertThat(map.size()).as("-Dseed=%d", seed).isEqualTo(model.size());
            if (step % 100 == 0) {
                Map<Key, Integer> seen = new HashMap<>();
                map.forEach(seen::put);
                assertThat(seen).as("-Dseed=%d", seed).isEqualTo(model);
                model.forEach(new Check(map, seed)::sameValue);
            }
        }
    }

    private record Check(PersistentMap<Key, Integer> map, long seed) {
        void sameValue(Key key, Integer value) {
            assertThat(map.find(key)).as("-Dseed=%d", seed).isEqualTo(value);
        }
    }

    @Test
    void mappedValuesKeepTheirKeysAndWhatStaysIsShared() {
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        for (int number = 0; number < 1_000; number++) {
            map = map.with(new Key(number, number % 7 == 0 ? 5 : number * 0x9E3779B9), 1_000 + number);
        }
        PersistentMap<Key, Integer> mapped = map.mapValues(value -> value % 3 == 0 ? -value : value);
        assertThat(mapped.size()).isEqualTo(1_000);
        map.forEach((key, value) -> assertThat(mapped.find(key)).isEqualTo(value % 3 == 0 ? -value : value));
        assertThat(mapped.keys()).isEqualTo(map.keys());
        PersistentMap<Key, Integer> unchanged =
                PersistentMap.<Key, Integer>empty().with(new Key(1, 1), 2_000);
        assertThat(unchanged.mapValues(value -> value)).isSameAs(unchanged);
        assertThat(PersistentMap.<Key, Integer>empty().mapValues(value -> 0)).isSameAs(PersistentMap.empty());
    }

    @Test
    void differencesAreThoseOfTheEntries() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        PersistentMap<Key, Integer> before = PersistentMap.empty();
        for (int round = 0; round < 200; round++) {
            PersistentMap<Key, Integer> after = before;
            for (int step = random.nextInt(20); step > 0; step--) {
                int number = random.nextInt(100);
                Key key = new Key(number, number % 5 == 0 ? 7 : number * 0x9E3779B9);
                after = random.nextInt(3) == 0 ? after.without(key) : after.with(key, 1000 + random.nextInt(500));
            }
            Map<Key, Integer> replayed = new HashMap<>();
            before.forEach(replayed::put);
            PersistentMap<Key, Integer> from = before;
            PersistentMap<Key, Integer> to = after;
            PersistentMap.forEachDifference(from, to, (key, old, now) -> {
                assertThat(old).as("-Dseed=%d", seed).isSameAs(from.find(key));
                assertThat(now).as("-Dseed=%d", seed).isSameAs(to.find(key)).isNotSameAs(old);
                if (now == null) {
                    replayed.remove(key);
                } else {
                    replayed.put(key, now);
                }
            });
            Map<Key, Integer> expected = new HashMap<>();
            after.forEach(expected::put);
            assertThat(replayed).as("-Dseed=%d", seed).isEqualTo(expected);
            before = after;
        }
    }

    @Test
    void whatIsSharedIsNotLookedAt() {
        PersistentMap<Integer, String> map = PersistentMap.empty();
        for (int i = 0; i < 10_000; i++) {
            map = map.with(i, "value " + i);
        }
        List<Integer> visited = new ArrayList<>();
        PersistentMap.forEachDifference(map, map, (key, old, now) -> visited.add(key));
        assertThat(visited).isEmpty();
        PersistentMap<Integer, String> changed =
                map.with(4711, "another").without(9).with(10_000, "new");
        PersistentMap.forEachDifference(map, changed, (key, old, now) -> visited.add(key));
        assertThat(visited).containsExactlyInAnyOrder(4711, 9, 10_000);
    }

    @Test
    void changesLeaveTheOriginalAlone() {
        PersistentMap<String, Integer> one =
                PersistentMap.<String, Integer>empty().with("a", 1);
        PersistentMap<String, Integer> two = one.with("a", 2).with("b", 3);
        assertThat(one.find("a")).isEqualTo(1);
        assertThat(one.find("b")).isNull();
        assertThat(two.without("a").keys()).containsExactly("b");
        assertThat(two.find("a")).isEqualTo(2);
        assertThat(two.without("a").without("b")).isEqualTo(PersistentMap.empty());
    }

    @Test
    void equalityIsOfEntries() {
        PersistentMap<String, Integer> left =
                PersistentMap.<String, Integer>empty().with("a", 1).with("b", 2);
        PersistentMap<String, Integer> right =
                PersistentMap.<String, Integer>empty().with("b", 2).with("a", 1);
        assertThat(left).isEqualTo(right).hasSameHashCodeAs(right);
        assertThat(left).isNotEqualTo(right.with("a", 3));
    }
}
