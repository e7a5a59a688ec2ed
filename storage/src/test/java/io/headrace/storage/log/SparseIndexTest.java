package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.SparseIndex.Kind;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SparseIndexTest {
    private static final Path DIR = Path.of("/d");

    private final SimulatedDisk disk = new SimulatedDisk();
    private final OpenFiles files = new OpenFiles(disk, 3);
    private final TreeMap<Long, Integer> byKey = new TreeMap<>();
    private final TreeMap<Integer, Long> byValue = new TreeMap<>();

    @ParameterizedTest
    @EnumSource(Kind.class)
    void findsTheSameAsATreeWhetherWrittenOrNot(Kind kind) throws IOException {
        Random random = new Random(Seeds.upTo(1).findFirst().orElseThrow());
        disk.createDirectory(DIR);
        SparseIndex index = SparseIndex.empty(files, DIR, 0, kind);
        long key = kind == Kind.TIME ? 1L << 40 : 1;
        int value = 1;
        for (int i = 0; i < 3000; i++) {
            key += 1 + random.nextInt(20);
            value += 1 + random.nextInt(20);
            index.add(key, value);
            byKey.put(key, value);
            byValue.put(value, key);
            if (random.nextInt(400) == 0) {
                index.flush();
            }
            if (i % 7 == 0) {
                check(index, key, value, random);
            }
        }
        index.flush();
        SparseIndex reopened = SparseIndex.existing(files, DIR, 0, kind);
        assertThat(reopened.isSane(key + 1, value + 1)).isTrue();
        assertThat(reopened.isSane(key, value + 1)).isFalse();
        assertThat(reopened.count()).isEqualTo(3000);
        for (int i = 0; i < 500; i++) {
            check(reopened, key, value, random);
        }
        long cutAt = byKey.floorKey(key - random.nextInt(10_000));
        reopened.cut(cutAt, false).release();
        byKey.tailMap(cutAt, true).clear();
        assertThat(reopened.count()).isEqualTo(byKey.size());
        assertThat(reopened.last()).isEqualTo(pair(byKey.lastEntry()));
        disk.flipBit(LogFiles.path(DIR, 0, kind.suffix), 100L * kind.pairBytes * 8 + 7);
        assertThat(reopened.isSane(Long.MAX_VALUE, Integer.MAX_VALUE))
                .as("a key out of order")
                .isFalse();
    }

    @Test
    void whereBatchesAreAlikeOneReadFindsAPosition() throws IOException {
        disk.createDirectory(DIR);
        SparseIndex index = SparseIndex.empty(files, DIR, 0, Kind.OFFSET);
        for (int i = 1; i <= 3000; i++) {
            index.add(i * 16L, i * 16_000);
            if (i == 2600) {
                index.flush();
            }
        }
        AtomicInteger reads = countReads();
        for (int i = 1; i <= 2600; i += 13) {
            assertThat(index.floorByValue(i * 16_000 + 7, 3000 * 16_000)).isEqualTo(new Pair(i * 16L, i * 16_000));
        }
        assertThat(reads.get()).isEqualTo(200);
    }

    @Test
    void whereBatchesGrewAFewReadsFindAPosition() throws IOException {
        disk.createDirectory(DIR);
        SparseIndex index = SparseIndex.empty(files, DIR, 0, Kind.OFFSET);
        int value = 0;
        for (int i = 1; i <= 20_000; i++) {
            value += i < 10_000 ? 4_100 : i < 15_000 ? 65_000 : 16_400;
            index.add(i, value);
            byValue.put(value, (long) i);
        }
        index.flush();
        AtomicInteger reads = countReads();
        int searches = 0;
        for (Map.Entry<Integer, Long> entry : byValue.entrySet()) {
            if (entry.getValue() % 37 == 0) {
                searches++;
                assertThat(index.floorByValue(entry.getKey() + 1000, value))
                        .isEqualTo(new Pair(entry.getValue(), entry.getKey()));
            }
        }
        assertThat(reads.get()).as("halving 20,000 pairs takes 8").isBetween(searches, 4 * searches);
    }

    private AtomicInteger countReads() {
        AtomicInteger reads = new AtomicInteger();
        disk.failWhen((operation, path, step) -> {
            reads.addAndGet(operation == Operation.READ ? 1 : 0);
            return false;
        });
        return reads;
    }

    private void check(SparseIndex index, long lastKey, int lastValue, Random random) throws IOException {
        long key = lastKey + 5 - random.nextInt(40_000);
        assertThat(index.floorByKey(key)).isEqualTo(pair(byKey.floorEntry(key)));
        int value = lastValue + 5 - random.nextInt(40_000);
        Map.Entry<Integer, Long> found = byValue.floorEntry(value);
        // A wrong idea of the end makes it slower, not wrong.
        for (long end : new long[] {0, lastValue, 1 + random.nextInt(lastValue), 1L << 40}) {
            assertThat(index.floorByValue(value, end))
                    .isEqualTo(found == null ? null : new Pair(found.getValue(), found.getKey()));
        }
        assertThat(index.last()).isEqualTo(pair(byKey.lastEntry()));
    }

    private static @Nullable Pair pair(Map.@Nullable Entry<Long, Integer> entry) {
        return entry == null ? null : new Pair(entry.getKey(), entry.getValue());
    }
}
