package io.headrace.storage.log;

import io.headrace.core.partition.ProducerStates;
import java.nio.file.Path;
import java.util.List;

/**
 * What was found in a partition's directory. The last of the segments is the active one.
 *
 * @param bytesSinceSnapshot the size of the batches that follow the newest snapshot of the producers
 * @param recovered the batches past the recovery point that were there and whole
 * @param recoveryPoint what is below is durable; the rest is as after an append
 * @param unsynced files other than the active segment's that were written and are not synced
 * @param leaderEpochsChanged whether the leader epochs differ from those in the file
 * @param directoryChanged whether names in the directory are not synced
 */
record RecoveredLog(
        OpenFiles files,
        Path dir,
        List<LogSegment> segments,
        ActiveSegment active,
        LeaderEpochs leaderEpochs,
        ProducerStates producers,
        ProducerSnapshots snapshots,
        long bytesSinceSnapshot,
        RecoveredBatches recovered,
        long logStartOffset,
        long logEndOffset,
        long recoveryPoint,
        List<FileRef> unsynced,
        boolean leaderEpochsChanged,
        boolean directoryChanged) {}
