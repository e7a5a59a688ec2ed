package io.headrace.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.journal.GroupPlaces.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GroupPlacesTest {
    private static final Path DIR = Path.of("/journal");
    private static final int PAGE = 4096;
    private static final JournalOptions SMALL = new JournalOptions(4 * PAGE, 6 * PAGE, 30 * PAGE, 3 * PAGE);

    private final SimulatedDisk disk = new SimulatedDisk();

    private static void commit(Journal journal, int payloadBytes) throws IOException {
        assertThat(journal.stage((byte) 1, new UUID(3, 4), 0, 7, 8, ByteBuffer.allocate(payloadBytes)))
                .isTrue();
        assertThat(journal.commit()).isEqualTo(journal.lastSequence());
    }

    @Test
    void groupsAreWhereTheyWereWritten() throws IOException {
        try (Journal journal = Journal.open(disk, DIR, SMALL, 99, entry -> {})) {
            commit(journal, PAGE);
            commit(journal, 100);
            commit(journal, 200);
        }
        int headers = JournalFormat.HEADER_BYTES + JournalFormat.ENTRY_HEADER_BYTES;
        Path first = DIR.resolve("journal-0");
        assertThat(GroupPlaces.in(disk, DIR))
                .startsWith(
                        new Place(first, 0, JournalFormat.HEADER_BYTES),
                        new Place(first, PAGE, headers + PAGE),
                        new Place(DIR.resolve("journal-1"), 0, headers + 100));
    }

    @Test
    void groupOfDamagedHeadersIsNone() throws IOException {
        try (Journal journal = Journal.open(disk, DIR, SMALL, 99, entry -> {})) {
            commit(journal, 100);
            commit(journal, 100);
        }
        List<Place> remaining = new ArrayList<>(GroupPlaces.in(disk, DIR));
        Place damaged = remaining.remove(1);
        disk.flipBit(damaged.file(), (damaged.position() + JournalFormat.TAIL_AT) * 8);
        assertThat(GroupPlaces.in(disk, DIR)).isEqualTo(remaining);
    }
}
