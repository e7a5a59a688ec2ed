package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.LoggedLines;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import io.headrace.server.coordinator.Coordinators;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What lies in a partition in which nobody looks for it is told to the operator once, at the end of a start. */
class MisplacedKeysTest {
    private static final int PARTITIONS = 8;

    @AutoClose
    private final LoggedLines logged = new LoggedLines("io.headrace.server.coordinator.MisplacedKeys");

    private final CoordinatorBed bed = new CoordinatorBed();

    /** Remembers the names it is told. */
    private static final class Names extends IdleCoordinator {
        private final List<String> names = new ArrayList<>();

        @Override
        public void replay(
                long logOffset,
                long producerId,
                short producerEpoch,
                @Nullable ByteBuffer key,
                @Nullable ByteBuffer value) {
            if (key != null) {
                names.add(StandardCharsets.UTF_8.decode(key).toString());
            }
        }

        @Override
        public int size() {
            return names.size();
        }

        @Override
        public void forEachKey(Consumer<String> action) {
            names.forEach(action);
        }
    }

    private void store(int partition, String name) {
        bed.write(partition, new RecordBatchBuilder().append(0, name.getBytes(StandardCharsets.UTF_8), new byte[1]));
    }

    private void start() {
        bed.createTopic(PARTITIONS);
        CoordinatorShards<Names> shards =
                bed.shards(Unreadable.PASSED_OVER, () -> 0, (partition, leaderEpoch) -> new Names());
        Coordinators<Names> coordinators = () -> shards;
        coordinators.begin();
        while (coordinators.runOnce()) {
            // until all is loaded
        }
    }

    @Test
    void theOperatorIsToldHowManyAndWhatToDo() {
        int wrong = 0;
        for (int i = 0; i < 100; i++) {
            store(i % PARTITIONS, "name" + i);
            wrong += PartitionOfKey.of("name" + i, PARTITIONS) == i % PARTITIONS ? 0 : 1;
        }
        start();
        assertThat(wrong).isBetween(50, 99);
        assertThat(logged.lines()).hasSize(1);
        assertThat(logged.lines().get(0))
                .startsWith("WARNING " + wrong + " things cannot be found")
                .endsWith(" Tell them.");
    }

    @Test
    void whereAllIsInOrderNothingIsSaid() {
        for (int i = 0; i < 100; i++) {
            store(PartitionOfKey.of("name" + i, PARTITIONS), "name" + i);
        }
        start();
        assertThat(logged.lines()).isEmpty();
    }
}
