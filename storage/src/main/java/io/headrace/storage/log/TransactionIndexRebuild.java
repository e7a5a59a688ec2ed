package io.headrace.storage.log;

import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.RecordBatch;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a transaction index anew from the log, when it does not hold what was written, or when nothing is there to check it
 * with.
 *
 * <p>Reads the log from where the first transaction may begin that ends in the segment: an index of an earlier segment tells
 * which were open at its last entry; without one that is the log's start. Verifies every batch on the way: what a damaged log
 * says of its transactions is worth nothing. Indexes of other segments that nothing is there to check with are made anew in
 * the same go, so that a log that another program wrote is read once.
 *
 * <p>For one thread, which may be any.
 */
final class TransactionIndexRebuild {
    private static final Logger LOG = System.getLogger(TransactionIndexRebuild.class.getName());

    private final LogView view;
    private final int wanted;
    private final OpenTransactions open = new OpenTransactions();
    /** The first segment whose index is made anew. */
    private int first;
    /** No batch that ends before this offset has to do with it; some may be read all the same. */
    private long from;
    /** The log was read to here and found sound. */
    private long soundTo;

    /** @param wanted the segment whose index it is about */
    TransactionIndexRebuild(LogView view, int wanted) {
        this.view = view;
        this.wanted = wanted;
    }

    /**
     * Does nothing if the index turns out to be sound meanwhile.
     *
     * @throws StaleLogViewException if it should be tried again with a newer view, also if another index of the store is being
     *     made anew
     * @throws CorruptLogException if the log is damaged
     */
    void run() throws IOException {
        TransactionIndex index = view.segment(wanted).transactions();
        IndexRebuilds rebuilds = index.files().rebuilds();
        if (!rebuilds.tryBegin()) {
            throw new StaleLogViewException("Another transaction index than " + index.path() + " is being made anew");
        }
        try {
            findStart();
            if (index.beginRebuild(from, view.segmentEndOffset(wanted))) {
                rebuild(rebuilds);
            }
        } finally {
            rebuilds.end();
        }
    }

    private void findStart() throws IOException {
        // What lies below the log start may still be there, and may be damaged, but nobody asks for it.
        int earliest = Math.min(wanted, view.segmentFor(view.logStartOffset()));
        first = earliest;
        while (first < wanted && !view.segment(first).transactions().lacksChecks()) {
            first++;
        }
        from = view.segment(earliest).baseOffset();
        for (int i = first - 1; i >= earliest; i--) {
            long told = view.segment(i).transactions().laterTransactionsFrom();
            if (told >= 0) {
                from = Math.max(from, Math.min(told, view.segment(first).baseOffset()));
                return;
            }
        }
    }

    private void rebuild(IndexRebuilds rebuilds) throws IOException {
        soundTo = from;
        int last = lastToRebuild();
        for (int i = view.segmentFor(from); i <= last; i++) {
            TransactionIndex index = view.segment(i).transactions();
            boolean unchecked = i >= first && index.lacksChecks();
            long endOffset = view.segmentEndOffset(i);
            boolean unsound = (i == wanted || unchecked) && index.beginRebuild(from, endOffset);
            List<AbortedTransaction> aborted = read(i);
            if (unsound) {
                index.finishRebuild(aborted, endOffset);
                report(rebuilds, index, unchecked);
            }
        }
    }

    private int lastToRebuild() {
        int last = wanted;
        for (int i = wanted + 1; i < view.segmentCount(); i++) {
            if (view.segment(i).transactions().lacksChecks()) {
                last = i;
            }
        }
        return last;
    }

    private static void report(IndexRebuilds rebuilds, TransactionIndex index, boolean unchecked) {
        if (unchecked) {
            rebuilds.countUnchecked();
            LOG.log(
                    Level.INFO,
                    "{0} had no checksums beside it; made it anew from the log, with {1} aborted transactions",
                    index.path(),
                    index.count());
        } else {
            rebuilds.countDamaged();
            LOG.log(
                    Level.WARNING,
                    "{0} did not hold what was written; made it anew from the log, with {1} aborted transactions",
                    index.path(),
                    index.count());
        }
    }

    private List<AbortedTransaction> read(int index) throws IOException {
        try {
            return read(view.segment(index), view.segmentEnd(index), view.segmentEndOffset(index));
        } catch (CorruptLogException e) {
            if (index <= wanted) {
                view.segment(wanted).transactions().giveUpRebuild(e, soundTo);
            }
            throw e;
        }
    }

    /** The transactions whose marker lies in a segment. */
    private List<AbortedTransaction> read(LogSegment segment, long end, long endOffset) throws IOException {
        List<AbortedTransaction> found = new ArrayList<>();
        FileRef ref = segment.log().acquire();
        try {
            long start = segment.startPosition(ref, from, end);
            BatchScan scan = segment.scan(ref, start, end, BatchScan.LARGE_WINDOW_BYTES);
            long due = segment.baseOffset();
            while (scan.next()) {
                due = verify(segment, scan, due, endOffset);
                soundTo = Math.max(soundTo, due);
                AbortedTransaction aborted = apply(segment, scan);
                if (aborted != null) {
                    found.add(aborted);
                }
            }
            segment.check(scan);
        } finally {
            ref.release();
        }
        return found;
    }

    /** The checksum does not cover a batch's offset, but one at a wrong offset overlaps with its neighbours. */
    private static long verify(LogSegment segment, BatchScan scan, long due, long endOffset) throws IOException {
        RecordBatch header = scan.header();
        if (header.baseOffset() < due || header.nextOffset() > endOffset) {
            throw corrupt(
                    segment,
                    scan,
                    "a batch with offsets " + header.baseOffset() + " to " + header.lastOffset() + " between " + due
                            + " and " + endOffset);
        }
        if (!scan.hasValidCrc()) {
            throw corrupt(segment, scan, "the batch's checksum is wrong");
        }
        return header.nextOffset();
    }

    private @Nullable AbortedTransaction apply(LogSegment segment, BatchScan scan) throws IOException {
        try {
            return open.apply(OpenTransactions.needsRecords(scan.header()) ? scan.batch() : scan.header());
        } catch (InvalidBatchException e) {
            throw corrupt(segment, scan, String.valueOf(e.getMessage()));
        }
    }

    private static CorruptLogException corrupt(LogSegment segment, BatchScan scan, String problem) {
        return new CorruptLogException(
                segment.log().path(), scan.position(), scan.header().baseOffset(), problem);
    }
}
