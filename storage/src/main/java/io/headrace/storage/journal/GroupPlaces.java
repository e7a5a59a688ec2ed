package io.headrace.storage.journal;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.journal.GroupReader.Group;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Where the groups of a journal lie in its files: for the simulation, which damages one of them. */
public final class GroupPlaces {
    /**
     * A group whose headers are as they were written.
     *
     * @param position of its first byte in the file
     * @param sizeBytes without the zeros behind it
     */
    public record Place(Path file, long position, int sizeBytes) {}

    private GroupPlaces() {}

    /**
     * The places of all groups, those that are not needed any more among them, in the order of their sequences.
     *
     * @param dir of a journal that is not open
     * @throws IOException if a file cannot be read, or is of an earlier build
     */
    public static List<Place> in(Disk disk, Path dir) throws IOException {
        GroupReader reader = new GroupReader();
        TreeMap<Long, Place> bySequence = new TreeMap<>();
        for (String name : disk.list(dir)) {
            Path path = dir.resolve(name);
            try (DiskFile file = disk.open(path, OpenMode.READ)) {
                for (Group group : groups(reader, new JournalFile(path, file, file.sizeBytes()))) {
                    bySequence.put(group.sequence(), new Place(path, group.position(), group.sizeBytes()));
                }
            }
        }
        return List.copyOf(bySequence.values());
    }

    private static List<Group> groups(GroupReader reader, JournalFile file) throws IOException {
        List<Group> groups = new ArrayList<>();
        long position = 0;
        while (position < file.sizeBytes()) {
            Group group = reader.read(file, position);
            if (group != null) {
                groups.add(group);
            }
            position = group == null ? position + JournalFormat.PAGE_BYTES : group.endPosition();
        }
        return groups;
    }
}
