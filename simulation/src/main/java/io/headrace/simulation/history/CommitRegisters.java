package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes each group's offset of each partition for a register: a commit takes effect at one moment between its begin and its
 * end, and whoever reads finds what the last one before left. Commits and reads look alike to who reads another offset: that
 * one was there, at some moment between begin and end. So a read is explained by a commit of its offset only if nothing certainly
 * took the place of that commit before, be it by a commit of another offset or by a read that found another one.
 *
 * <p>A read that only one commit explains proves that this had taken effect by then, though its own client does not know or
 * it is not over; with a transaction, all of it, see {@link Effects}. A commit takes effect once, so from then on it is as any other.
 *
 * <p>The same offset may be committed many times, which makes the full search for an order exponential. What is told of here is
 * always wrong; of what is wrong nearly everything is told.
 */
final class CommitRegisters {
    /** How often proofs of one register may help to proofs of another. */
    private static final int ROUNDS_MAX = 10;

    private static final long NEVER_MS = Long.MIN_VALUE;

    private final Map<String, Register> registers = new LinkedHashMap<>();
    private final Effects effects;
    private final Findings findings;

    CommitRegisters(List<Operation> operations, Effects effects, Findings findings) {
        this.effects = effects;
        this.findings = findings;
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            if (operation.outcome() != Outcome.FAIL) {
                for (Step step : operation.steps()) {
                    add(operation, i, step);
                }
            }
        }
        registers.values().forEach(Register::sort);
    }

    private void add(Operation operation, int index, Step step) {
        if (step.action() == Action.COMMIT) {
            register(step).writes.add(new Write(operation, index, step.offset()));
        } else if (step.action() == Action.COMMITTED && operation.outcome() == Outcome.OK) {
            register(step).reads.add(new Read(step.offset(), operation.startMs(), operation.endMs()));
        }
    }

    private Register register(Step step) {
        return registers.computeIfAbsent(step.key(), key -> new Register());
    }

    /** Learns from the reads which operations took effect. */
    void prove() {
        boolean learned = true;
        for (int round = 0; learned && round < ROUNDS_MAX; round++) {
            learned = false;
            for (Register register : registers.values()) {
                learned |= register.walk(new ArrayList<>());
            }
        }
    }

    /** Tells of the reads that nothing explains; after {@link #prove}. */
    void check() {
        registers.forEach((key, register) -> {
            List<Read> unexplained = new ArrayList<>();
            register.walk(unexplained);
            for (Read read : unexplained) {
                findings.add(
                        AnomalyKind.STALE_COMMIT,
                        key + " was found at " + read.offset + " between " + read.startMs + " and " + read.endMs
                                + " ms, after a later commit or without one");
            }
        });
    }

    /** An offset was there at some moment between two times. */
    private interface Sighting {
        long offset();

        long fromMs();

        long byMs();
    }

    private final class Write implements Sighting {
        private final long offset;
        private final long startMs;
        private final int operation;
        private final boolean isTransaction;
        private long provenMs;

        Write(Operation operation, int index, long offset) {
            this.offset = offset;
            this.startMs = operation.startMs();
            this.operation = index;
            this.isTransaction = operation.kind() == Kind.TRANSACTION;
            this.provenMs = effects.byMs(index);
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long fromMs() {
            return startMs;
        }

        @Override
        public long byMs() {
            return isTransaction ? effects.byMs(operation) : provenMs;
        }

        /** Only a transaction is one thing: of other commits each partition's is one for itself. */
        boolean prove(long seenMs) {
            if (isTransaction) {
                return effects.prove(operation, seenMs);
            }
            boolean isNews = seenMs < provenMs;
            provenMs = Math.min(provenMs, seenMs);
            return isNews;
        }
    }

    private static final class Read implements Sighting {
        private final long offset;
        private final long startMs;
        private final long endMs;
        /** Before the first of the commits that explain it began, the offset was not there. */
        private long fromMs;

        Read(long offset, long startMs, long endMs) {
            this.offset = offset;
            this.startMs = startMs;
            this.endMs = endMs;
            this.fromMs = startMs;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long fromMs() {
            return fromMs;
        }

        @Override
        public long byMs() {
            return endMs;
        }
    }

    /** The latest moments at which two different offsets certainly were there or came to be there later. */
    private static final class Latest {
        private long offset;
        private long fromMs = NEVER_MS;
        private long otherFromMs = NEVER_MS;

        void add(Sighting sighting) {
            if (fromMs == NEVER_MS || sighting.offset() == offset) {
                offset = sighting.offset();
                fromMs = Math.max(fromMs, sighting.fromMs());
            } else if (sighting.fromMs() > fromMs) {
                otherFromMs = fromMs;
                offset = sighting.offset();
                fromMs = sighting.fromMs();
            } else {
                otherFromMs = Math.max(otherFromMs, sighting.fromMs());
            }
        }

        /** A commit of this offset that took effect before this moment is not the last one any more. */
        long of(long wanted) {
            return fromMs != NEVER_MS && wanted == offset ? otherFromMs : fromMs;
        }
    }

    /** The commits of one offset, by their begin, without the first ones that explain no read any more. */
    private static final class Writes {
        final List<Write> writes = new ArrayList<>();
        int first;
    }

    private static final class Register {
        final List<Write> writes = new ArrayList<>();
        final List<Read> reads = new ArrayList<>();

        void sort() {
            writes.sort(Comparator.comparingLong(Sighting::fromMs));
            reads.sort(Comparator.comparingLong(read -> read.startMs));
        }

        /** Looks at the reads one after the other; returns whether anything was proven that was not before. */
        boolean walk(List<Read> unexplained) {
            List<Sighting> sightings = new ArrayList<>(reads);
            Map<Long, Writes> byOffset = new HashMap<>();
            for (Write write : writes) {
                byOffset.computeIfAbsent(write.offset, offset -> new Writes())
                        .writes
                        .add(write);
                if (write.byMs() != Effects.UNPROVEN_MS) {
                    sightings.add(write);
                }
            }
            // Proofs of this walk that make an end earlier are for the next one.
            sightings.sort(Comparator.comparingLong(Sighting::byMs));
            Latest latest = new Latest();
            int over = 0;
            boolean learned = false;
            for (Read read : reads) {
                while (over < sightings.size() && sightings.get(over).byMs() < read.startMs) {
                    latest.add(sightings.get(over));
                    over++;
                }
                long replacedMs = latest.of(read.offset);
                if (read.offset == Operation.NO_OFFSET) {
                    if (replacedMs != NEVER_MS) {
                        unexplained.add(read);
                    }
                } else {
                    Writes candidates = byOffset.getOrDefault(read.offset, new Writes());
                    learned |= explain(read, candidates, replacedMs, unexplained);
                }
            }
            return learned;
        }

        private static boolean explain(Read read, Writes candidates, long replacedMs, List<Read> unexplained) {
            List<Write> writes = candidates.writes;
            while (candidates.first < writes.size()
                    && writes.get(candidates.first).byMs() < replacedMs) {
                candidates.first++;
            }
            Write only = null;
            for (int i = candidates.first; i < writes.size() && writes.get(i).startMs <= read.endMs; i++) {
                if (writes.get(i).byMs() >= replacedMs) {
                    if (only != null) {
                        return false;
                    }
                    only = writes.get(i);
                    read.fromMs = Math.max(read.startMs, only.startMs);
                }
            }
            if (only == null) {
                unexplained.add(read);
                return false;
            }
            return only.prove(read.endMs);
        }
    }
}
