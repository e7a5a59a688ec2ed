package io.headrace.storage.journal;

import io.headrace.storage.journal.GroupReader.Group;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a journal ends and hands out what lies between its tail and its end.
 *
 * <p>Each file starts with a group, so the sequence of that group gives the order of the files; the file with the highest
 * is the head. The journal ends where the head has no group with the next sequence. At most one group is in flight at a
 * time, so a crash damages only the group after the end. A group with a still higher sequence anywhere means that what is
 * missing was once durable: that is corruption, and the journal is refused. Old groups in recycled files have lower
 * sequences and are not mistaken for new ones. The last group says where the tail is.
 *
 * <p>As each group is begun only when the one before is durable, all but the last are known by their headers: their payloads are read by
 * those who need them.
 *
 * <p>The damage this cannot tell from a torn write is damage to the very last group.
 */
final class JournalRecovery {
    private final GroupReader reader = new GroupReader();
    private final List<JournalFile> all;

    /** The files that start with a group, by its sequence. */
    private final TreeMap<Long, JournalFile> bySequence = new TreeMap<>();

    private long journalId;

    JournalRecovery(List<JournalFile> all) {
        this.all = all;
    }

    /**
     * Where a journal goes on.
     *
     * @param live the files that still count, by the sequence of their first group
     * @param leftovers free files that begin with the head of the group that a crash left unfinished
     * @param lastGroup the bytes of the last group, without padding
     * @param endPosition where the next group goes in the last live file
     */
    record End(
            Map<Long, JournalFile> live,
            List<JournalFile> leftovers,
            long journalId,
            long lastSequence,
            long tail,
            ByteBuffer lastGroup,
            long lastPosition,
            long endPosition) {}

    /** Reads everything; null when nothing was ever committed. */
    @Nullable
    End run(JournalEntry.Consumer consumer) throws IOException {
        for (JournalFile file : all) {
            readFirst(file);
        }
        if (bySequence.isEmpty()) {
            refuseLaterGroups(null, 0, 1);
            return null;
        }
        End end = findEnd();
        if (end != null) {
            replay(end, consumer);
        }
        return end;
    }

    private void readFirst(JournalFile file) throws IOException {
        Group first = reader.read(file, 0);
        if (first == null) {
            return;
        }
        if (!bySequence.isEmpty() && first.journalId() != journalId) {
            throw new CorruptJournalException(file.path(), 0, "it belongs to another journal than the files before");
        }
        journalId = first.journalId();
        JournalFile other = bySequence.put(first.sequence(), file);
        if (other != null) {
            throw new CorruptJournalException(file.path(), 0, "it starts with the same group as " + other);
        }
    }

    /** Null if the only group there is was being written. */
    private @Nullable End findEnd() throws IOException {
        Map.Entry<Long, JournalFile> head = bySequence.lastEntry();
        Last last = findLast(head);
        if (!reader.isWhole(last.group)) {
            Group before = last.before;
            if (before == null) {
                bySequence.remove(head.getKey());
                head = bySequence.lastEntry();
                before = head == null ? null : findLast(head).group;
            }
            if (head == null || before == null) {
                refuseLaterGroups(null, 0, 1);
                return null;
            }
            if (before.sequence() != last.group.sequence() - 1 || !reader.isWhole(before)) {
                throw missing(head.getValue(), before.position(), last.group.sequence() - 1);
            }
            last = new Last(before, null);
        }
        return end(head.getValue(), last.group);
    }

    /** The last group of a file, and the one before it. */
    private record Last(Group group, @Nullable Group before) {}

    private Last findLast(Map.Entry<Long, JournalFile> file) throws IOException {
        long sequence = file.getKey();
        Group last = next(file.getValue(), 0, sequence, null);
        if (last == null) {
            throw new CorruptJournalException(file.getValue().path(), 0, "the group has changed while it was read");
        }
        Group before = null;
        Group next = next(file.getValue(), last.endPosition(), sequence + 1, last);
        while (next != null) {
            before = last;
            last = next;
            next = next(file.getValue(), last.endPosition(), last.sequence() + 1, last);
        }
        return new Last(last, before);
    }

    private End end(JournalFile head, Group last) throws IOException {
        refuseLaterGroups(head, last.endPosition(), last.sequence() + 1);
        Long start = bySequence.floorKey(last.tail());
        if (start == null) {
            String problem = "the journal should begin with group " + last.tail() + ", which is missing";
            throw new CorruptJournalException(head.path(), last.position(), problem);
        }
        ByteBuffer lastGroup = ByteBuffer.allocateDirect(last.sizeBytes());
        head.file().read(lastGroup, last.position());
        return new End(
                bySequence.tailMap(start),
                leftovers(last.sequence() + 1),
                journalId,
                last.sequence(),
                last.tail(),
                lastGroup.flip(),
                last.position(),
                last.endPosition());
    }

    /** The files that begin with the head of an unfinished group. */
    private List<JournalFile> leftovers(long sequence) throws IOException {
        List<JournalFile> leftovers = new ArrayList<>();
        for (JournalFile file : all) {
            if (reader.startsGroup(file, 0, journalId, sequence)) {
                leftovers.add(file);
            }
        }
        return leftovers;
    }

    private @Nullable Group next(JournalFile file, long position, long sequence, @Nullable Group before)
            throws IOException {
        Group group = reader.readFrom(file, position, journalId, sequence, before);
        return group != null && group.sequence() == sequence ? group : null;
    }

    /** Looks wherever a later group could be: the rest of the head, and files that do not start with a whole group. */
    private void refuseLaterGroups(@Nullable JournalFile head, long end, long sequence) throws IOException {
        for (JournalFile file : all) {
            boolean isHead = file.equals(head);
            if (!isHead && bySequence.containsValue(file)) {
                continue; // its first group is not later, so none of its groups is
            }
            for (long at = isHead ? end : 0; at < file.sizeBytes(); at += JournalFormat.PAGE_BYTES) {
                Group later = laterGroup(file, at, sequence, head == null);
                if (later != null) {
                    String problem = "group " + sequence + " is missing, but group " + later.sequence()
                            + " follows at position " + at + " of " + file;
                    throw new CorruptJournalException(head == null ? file.path() : head.path(), end, problem);
                }
            }
        }
    }

    /** One that is whole, or that was begun after one which is missing was durable. */
    private @Nullable Group laterGroup(JournalFile file, long position, long sequence, boolean ofAnyJournal)
            throws IOException {
        if (!ofAnyJournal && !reader.startsGroup(file, position, journalId, sequence)) {
            return null;
        }
        Group group = reader.read(file, position);
        return group != null && (group.sequence() > sequence || reader.isWhole(group)) ? group : null;
    }

    private void replay(End end, JournalEntry.Consumer consumer) throws IOException {
        @Nullable Long sequence = null;
        for (Map.Entry<Long, JournalFile> entry : end.live().entrySet()) {
            if (sequence != null && !sequence.equals(entry.getKey())) {
                throw missing(entry.getValue(), 0, sequence);
            }
            sequence = replayFile(entry.getValue(), entry.getKey(), end, consumer);
        }
    }

    /** Returns the sequence after the file's last group. */
    private long replayFile(JournalFile file, long firstSequence, End end, JournalEntry.Consumer consumer)
            throws IOException {
        @Nullable Long nextFile = bySequence.higherKey(firstSequence);
        long stop = nextFile == null ? end.lastSequence() + 1 : nextFile;
        long position = 0;
        Group group = null;
        for (long sequence = firstSequence; sequence < stop; sequence++) {
            group = next(file, position, sequence, group);
            if (group == null) {
                throw missing(file, position, sequence);
            }
            position = group.endPosition();
            if (sequence >= end.tail()) {
                for (JournalEntry entry : group.entries()) {
                    consumer.accept(entry);
                }
            }
        }
        return stop;
    }

    private static CorruptJournalException missing(JournalFile file, long position, long sequence) {
        return new CorruptJournalException(
                file.path(), position, "group " + sequence + " is damaged or missing, but later groups follow");
    }
}
