package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import io.headrace.server.coordinator.Coordinators;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What lies in a partition in which nobody looks for it is told to the operator once, at the end of a start. */
class MisplacedKeysTest {
    private static final int PARTITIONS = 8;

    private final Logger logger = Logger.getLogger("io.headrace.server.coordinator.MisplacedKeys");
    private final List<String> warnings = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getLevel().equals(Level.WARNING)) {
                warnings.add(MessageFormat.format(line.getMessage(), line.getParameters()));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final CoordinatorBed bed = new CoordinatorBed();

    /** Remembers the names it is told. */
    private static final class Names extends IdleCoordinator {
        private final List<String> names = new ArrayList<>();

        @Override
        public void replay(long logOffset, long producerId, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
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

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
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
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0))
                .startsWith(wrong + " things cannot be found")
                .endsWith(" Tell them.");
    }

    @Test
    void whereAllIsInOrderNothingIsSaid() {
        for (int i = 0; i < 100; i++) {
            store(PartitionOfKey.of("name" + i, PARTITIONS), "name" + i);
        }
        start();
        assertThat(warnings).isEmpty();
    }
}
