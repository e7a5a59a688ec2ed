package io.headrace.storage.log;

import io.headrace.core.partition.ProducerStates;
import java.nio.file.Path;
import java.util.List;

/** What was found in a partition's directory, all of it durable. The last of the segments is the active one. */
record RecoveredLog(
        OpenFiles files,
        Path dir,
        List<LogSegment> segments,
        ActiveSegment active,
        LeaderEpochs leaderEpochs,
        ProducerStates producers,
        ProducerSnapshots snapshots,
        long logStartOffset,
        long logEndOffset) {}
