package io.headrace.core.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The offsets of one coordinator: those committed, those that open transactions have staged, and which partitions have a
 * write on its way to the log.
 *
 * <p>Changes are applied once they are durable, so a failed append leaves nothing to undo and nobody ever reads an offset
 * that could be lost.
 */
final class OffsetStore {
    /** Offsets by group, topic and partition. Sorted inside a group, so that answers have a stable order. */
    private static final class Offsets {
        final Map<String, Map<String, Map<Integer, CommittedOffset>>> byGroup = new HashMap<>();

        @Nullable
        CommittedOffset find(String groupId, String topic, int partition) {
            Map<Integer, CommittedOffset> ofTopic =
                    byGroup.getOrDefault(groupId, Map.of()).get(topic);
            return ofTopic == null ? null : ofTopic.get(partition);
        }

        void put(String groupId, String topic, int partition, CommittedOffset offset) {
            byGroup.computeIfAbsent(groupId, id -> new TreeMap<>())
                    .computeIfAbsent(topic, name -> new TreeMap<>())
                    .put(partition, offset);
        }

        void remove(String groupId, String topic, int partition) {
            Map<String, Map<Integer, CommittedOffset>> ofGroup = byGroup.get(groupId);
            Map<Integer, CommittedOffset> ofTopic = ofGroup == null ? null : ofGroup.get(topic);
            if (ofGroup == null || ofTopic == null) {
                return;
            }
            ofTopic.remove(partition);
            if (ofTopic.isEmpty()) {
                ofGroup.remove(topic);
                if (ofGroup.isEmpty()) {
                    byGroup.remove(groupId);
                }
            }
        }
    }

    /** What an open transaction has staged. */
    private static final class Staged {
        final Offsets offsets = new Offsets();
        short producerEpoch = -1;
    }

    /** A partition's offset in a group. */
    record Place(String topic, int partition) {}

    /** Writes to one place that are not durable yet. */
    private static final class InFlight {
        int writeCount = 0;
        int transactionalCount = 0;

        boolean isEmpty() {
            return writeCount == 0 && transactionalCount == 0;
        }
    }

    private final Offsets committed = new Offsets();
    private final Map<Long, Staged> stagedByProducer = new HashMap<>();

    /** By group: which producers have staged an offset for a place. */
    private final Map<String, Map<Place, Set<Long>>> openTransactions = new HashMap<>();

    private final Map<String, Map<Place, InFlight>> inFlight = new HashMap<>();

    // Reading

    @Nullable
    CommittedOffset find(String groupId, String topic, int partition) {
        return committed.find(groupId, topic, partition);
    }

    /** The committed offsets of a group by topic and partition; empty if it has none. */
    Map<String, Map<Integer, CommittedOffset>> ofGroup(String groupId) {
        return committed.byGroup.getOrDefault(groupId, Map.of());
    }

    /** Every place of a group that has an offset committed, staged, or on its way to the log. */
    Set<Place> placesOf(String groupId) {
        Set<Place> places = new HashSet<>();
        ofGroup(groupId)
                .forEach((topic, partitions) ->
                        partitions.keySet().forEach(partition -> places.add(new Place(topic, partition))));
        places.addAll(openTransactions.getOrDefault(groupId, Map.of()).keySet());
        places.addAll(inFlight.getOrDefault(groupId, Map.of()).keySet());
        return places;
    }

    /** All committed offsets by group, topic and partition. */
    Map<String, Map<String, Map<Integer, CommittedOffset>>> all() {
        return committed.byGroup;
    }

    /** By group, the partitions of a topic with an offset committed or staged that is not for another topic's id. */
    Map<String, Set<Integer>> placesOfTopic(DeletedTopic topic) {
        Map<String, Set<Integer>> places = new TreeMap<>();
        collect(committed, topic, places);
        stagedByProducer.values().forEach(staged -> collect(staged.offsets, topic, places));
        return places;
    }

    private static void collect(Offsets from, DeletedTopic topic, Map<String, Set<Integer>> places) {
        from.byGroup.forEach(
                (groupId, topics) -> topics.getOrDefault(topic.name(), Map.of()).forEach((partition, offset) -> {
                    if (offset.mayBelongTo(topic.id())) {
                        places.computeIfAbsent(groupId, id -> new TreeSet<>()).add(partition);
                    }
                }));
    }

    /** Whether an offset is committed, staged or on its way. */
    boolean hasAny(String groupId, Place place) {
        return find(groupId, place.topic(), place.partition()) != null
                || isStaged(groupId, place)
                || isInFlight(groupId, place);
    }

    /** Whether some open transaction has staged an offset here. */
    boolean isStaged(String groupId, Place place) {
        return openTransactions.getOrDefault(groupId, Map.of()).containsKey(place);
    }

    boolean hasOpenTransactions(String groupId) {
        return openTransactions.containsKey(groupId);
    }

    boolean isInFlight(String groupId, Place place) {
        return inFlight.getOrDefault(groupId, Map.of()).containsKey(place);
    }

    boolean hasInFlight(String groupId) {
        return inFlight.containsKey(groupId);
    }

    /** Whether an offset for this place that is in no transaction is on its way to the log. */
    private boolean isCommitInFlight(String groupId, Place place) {
        InFlight writes = inFlight.getOrDefault(groupId, Map.of()).get(place);
        return writes != null && writes.writeCount > 0;
    }

    /** Whether a transaction's offset for this place is on its way to the log. */
    boolean isStagingInFlight(String groupId, Place place) {
        InFlight writes = inFlight.getOrDefault(groupId, Map.of()).get(place);
        return writes != null && writes.transactionalCount > 0;
    }

    /**
     * The offsets of an open transaction behind which the log has another commit for the same partition, or may get one that is
     * on its way there. That of another open transaction counts as well, as its marker may be on its way.
     */
    List<GroupChange.OffsetWritten> overtaken(long producerId) {
        List<GroupChange.OffsetWritten> overtaken = new ArrayList<>();
        Staged staged = stagedByProducer.get(producerId);
        if (staged != null) {
            staged.offsets.byGroup.forEach((groupId, topics) ->
                    topics.forEach((topic, partitions) -> partitions.forEach((partition, offset) -> {
                        if (isOvertaken(groupId, new Place(topic, partition), offset)) {
                            overtaken.add(new GroupChange.OffsetWritten(groupId, topic, partition, offset));
                        }
                    })));
        }
        return overtaken;
    }

    private boolean isOvertaken(String groupId, Place place, CommittedOffset offset) {
        return isCommitInFlight(groupId, place)
                || isLater(committed, groupId, place, offset)
                || producersAt(groupId, place).stream()
                        .map(stagedByProducer::get)
                        .anyMatch(staged -> staged != null && isLater(staged.offsets, groupId, place, offset));
    }

    private static boolean isLater(Offsets among, String groupId, Place place, CommittedOffset than) {
        CommittedOffset other = among.find(groupId, place.topic(), place.partition());
        return other != null && other.recordOffset() > than.recordOffset();
    }

    /** The producer epoch in which an open transaction has staged offsets; -1 if it has not. */
    short epochOfStaged(long producerId) {
        Staged staged = stagedByProducer.get(producerId);
        return staged == null ? -1 : staged.producerEpoch;
    }

    // Changing

    /** A change was handed to the log. */
    void beginWrite(GroupChange change, long producerId) {
        if (change instanceof GroupChange.OffsetWritten written) {
            InFlight writes = inFlight.computeIfAbsent(written.groupId(), id -> new HashMap<>())
                    .computeIfAbsent(new Place(written.topic(), written.partition()), place -> new InFlight());
            if (producerId == CommittedOffset.NO_PRODUCER_ID) {
                writes.writeCount++;
            } else {
                writes.transactionalCount++;
            }
        }
    }

    /** The log has taken the change, or refused it. */
    void endWrite(GroupChange change, long producerId) {
        if (!(change instanceof GroupChange.OffsetWritten written)) {
            return;
        }
        Place place = new Place(written.topic(), written.partition());
        Map<Place, InFlight> ofGroup = inFlight.get(written.groupId());
        InFlight writes = ofGroup == null ? null : ofGroup.get(place);
        if (ofGroup == null || writes == null) {
            throw new IllegalStateException("No write in flight for " + written);
        }
        if (producerId == CommittedOffset.NO_PRODUCER_ID) {
            writes.writeCount--;
        } else {
            writes.transactionalCount--;
        }
        if (writes.isEmpty()) {
            ofGroup.remove(place);
            if (ofGroup.isEmpty()) {
                inFlight.remove(written.groupId());
            }
        }
    }

    /** Applies a durable commit, or stages it if a producer wrote it in a transaction. */
    void apply(GroupChange.OffsetWritten written, long producerId, short producerEpoch) {
        if (producerId == CommittedOffset.NO_PRODUCER_ID) {
            committed.put(written.groupId(), written.topic(), written.partition(), written.offset());
            return;
        }
        Staged staged = stagedByProducer.computeIfAbsent(producerId, id -> new Staged());
        staged.producerEpoch = producerEpoch;
        staged.offsets.put(written.groupId(), written.topic(), written.partition(), written.offset());
        openTransactions
                .computeIfAbsent(written.groupId(), id -> new HashMap<>())
                .computeIfAbsent(new Place(written.topic(), written.partition()), place -> new HashSet<>())
                .add(producerId);
    }

    /** Applies a durable deletion; it also takes what transactions have staged so far. */
    void apply(GroupChange.OffsetDeleted deleted) {
        committed.remove(deleted.groupId(), deleted.topic(), deleted.partition());
        Place place = new Place(deleted.topic(), deleted.partition());
        for (long producerId : Set.copyOf(producersAt(deleted.groupId(), place))) {
            Staged staged = stagedByProducer.get(producerId);
            if (staged != null) {
                staged.offsets.remove(deleted.groupId(), deleted.topic(), deleted.partition());
                if (staged.offsets.byGroup.isEmpty()) {
                    stagedByProducer.remove(producerId);
                }
            }
            closeTransaction(deleted.groupId(), place, producerId);
        }
    }

    /**
     * A transaction's marker is durable. Committed offsets become visible, unless the log has a later record of another commit
     * for the same partition: {@link #overtaken} tells before the marker is written which ones that would concern, so that they
     * are written again.
     */
    void applyTransactionEnd(long producerId, boolean commit) {
        Staged staged = stagedByProducer.remove(producerId);
        if (staged == null) {
            return;
        }
        staged.offsets.byGroup.forEach(
                (groupId, topics) -> topics.forEach((topic, partitions) -> partitions.forEach((partition, offset) -> {
                    closeTransaction(groupId, new Place(topic, partition), producerId);
                    CommittedOffset current = committed.find(groupId, topic, partition);
                    if (commit && (current == null || offset.recordOffset() > current.recordOffset())) {
                        committed.put(groupId, topic, partition, offset);
                    }
                })));
    }

    private Set<Long> producersAt(String groupId, Place place) {
        return openTransactions.getOrDefault(groupId, Map.of()).getOrDefault(place, Set.of());
    }

    private void closeTransaction(String groupId, Place place, long producerId) {
        Map<Place, Set<Long>> ofGroup = openTransactions.get(groupId);
        Set<Long> producers = ofGroup == null ? null : ofGroup.get(place);
        if (ofGroup == null || producers == null) {
            return;
        }
        producers.remove(producerId);
        if (producers.isEmpty()) {
            ofGroup.remove(place);
            if (ofGroup.isEmpty()) {
                openTransactions.remove(groupId);
            }
        }
    }
}
