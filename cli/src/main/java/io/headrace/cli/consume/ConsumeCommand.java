package io.headrace.cli.consume;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.GroupOffsets;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TopicPartition;
import io.headrace.cli.output.OutputFormat;
import io.headrace.protocol.records.Record;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads records to standard output. */
@Command(
        name = "consume",
        description = "Prints the records of topics, each value on a line if no format is given.",
        mixinStandardHelpOptions = true)
public final class ConsumeCommand implements Runnable {
    private static final int OUTPUT_BUFFER_BYTES = 256 << 10;
    private static final long COMMIT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long GOODBYE_MS = 3_000;

    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "The topics.")
    private List<String> topics = List.of();

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "OFFSET",
            description = "Where to begin: beginning, end, N, -N (so many before the end) or @TIME (default: end; in a "
                    + "group, where it left off).")
    private @Nullable String offset;

    @Option(names = "--from-beginning", description = "The same as -o beginning.")
    private boolean fromBeginning;

    @Option(
            names = {"-p", "--partition"},
            split = ",",
            paramLabel = "PARTITION",
            description = "Only these partitions.")
    private List<Integer> partitions = List.of();

    @Option(
            names = {"-n", "-c", "--count", "--max-messages"},
            defaultValue = "-1",
            description = "Stop after so many records.")
    private long count = -1;

    @Option(
            names = {"-e", "--exit"},
            description = "Stop at the end of the partitions.")
    private boolean exitAtEnd;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "What to print: %%k key, %%v value, %%t topic, %%p partition, %%o offset, %%T timestamp, "
                    + "%%d time, %%h headers, %%K and %%V sizes; \\n \\t \\xHH. Nothing is added, no newline either.")
    private @Nullable String format;

    @Option(names = "--output", paramLabel = "FORMAT", description = "json: one object a line.")
    private @Nullable OutputFormat output;

    @Option(
            names = {"-g", "--group"},
            description = "Be a member of this group and commit to it.")
    private @Nullable String group;

    @Option(
            names = "--read-committed",
            description = "Leave out records of transactions that are open or were aborted.")
    private boolean readCommitted;

    private final OutputStream out =
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_BYTES);
    private volatile boolean interrupted;
    private long printed;

    /** Made before its options are read. */
    public ConsumeCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        RecordPrinter printer = printer();
        OffsetSpec start = start();
        if (group != null && !partitions.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "-g and -p exclude each other: the group divides partitions");
        }
        CountDownLatch done = new CountDownLatch(1);
        Thread goodbye = new Thread(() -> sayGoodbye(done), "goodbye");
        Runtime.getRuntime().addShutdownHook(goodbye);
        try (Cluster cluster = session.connect()) {
            FetchLoop loop = new FetchLoop(cluster, readCommitted);
            String groupId = group;
            if (groupId == null) {
                consumeAlone(cluster, loop, printer, start == null ? OffsetSpec.END : start);
            } else {
                consumeInGroup(cluster, loop, printer, groupId, start == null ? OffsetSpec.END : start);
            }
        } catch (IOException closedPipe) {
            // Whoever reads our output has had enough, as `head` does. That is no failure.
            if (session.verbose()) {
                session.err().println("output: " + closedPipe.getMessage());
            }
        } finally {
            done.countDown();
        }
    }

    /** Lets the main thread commit, leave the group and print what it has when the process is told to stop. */
    private void sayGoodbye(CountDownLatch done) {
        interrupted = true;
        try {
            boolean unused = done.await(GOODBYE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RecordPrinter printer() {
        if (output == OutputFormat.json) {
            return new JsonRecordPrinter();
        }
        return CommandFailure.parsed(() -> RecordFormat.parse(format == null ? "%v\\n" : format));
    }

    private @Nullable OffsetSpec start() {
        if (fromBeginning) {
            return OffsetSpec.BEGINNING;
        }
        String text = offset;
        return text == null
                ? null
                : CommandFailure.parsed(
                        () -> OffsetSpec.parse(text, System.currentTimeMillis(), ZoneId.systemDefault()));
    }

    private void consumeAlone(Cluster cluster, FetchLoop loop, RecordPrinter printer, OffsetSpec start)
            throws IOException {
        List<TopicPartition> chosen = new ArrayList<>();
        for (String topic : topics) {
            List<TopicPartition> all = Cluster.partitionsOf(cluster.topic(topic, false));
            for (int number : partitions) {
                if (number < 0 || number >= all.size()) {
                    throw new CommandFailure(
                            CommandFailure.NOT_FOUND, topic + " has partitions 0 to " + (all.size() - 1) + " only");
                }
            }
            all.removeIf(one -> !partitions.isEmpty() && !partitions.contains(one.partition()));
            chosen.addAll(all);
        }
        loop.assign(start.resolve(cluster, chosen));
        while (goesOn(loop)) {
            loop.poll((partition, record) -> print(printer, partition, record));
            out.flush();
        }
        out.flush();
    }

    private boolean print(RecordPrinter printer, TopicPartition partition, Record record) throws IOException {
        if (count == 0) {
            return false;
        }
        printer.print(out, partition.topic(), partition.partition(), record);
        return ++printed != count;
    }

    private boolean goesOn(FetchLoop loop) {
        return !interrupted && !loop.isStopped() && count != 0 && !(exitAtEnd && loop.isAtEnd());
    }

    private void consumeInGroup(
            Cluster cluster, FetchLoop loop, RecordPrinter printer, String groupId, OffsetSpec start)
            throws IOException {
        GroupMember member = new GroupMember(cluster, groupId, topics);
        try {
            Map<TopicPartition, Long> committed = join(cluster, loop, member, groupId, start);
            long committedNanos = System.nanoTime();
            while (goesOn(loop)) {
                loop.poll((partition, record) -> print(printer, partition, record));
                out.flush(); // before the commit: what is committed has been printed
                member.heartbeat();
                if (System.nanoTime() - committedNanos > COMMIT_INTERVAL_NANOS || member.mustRejoin()) {
                    committedNanos = System.nanoTime();
                    committed = commitChanges(member, loop, committed);
                }
                if (member.mustRejoin()) {
                    committed = join(cluster, loop, member, groupId, start);
                }
            }
            out.flush();
            Map<TopicPartition, Long> unused = commitChanges(member, loop, committed);
        } finally {
            member.leave();
        }
    }

    private static Map<TopicPartition, Long> commitChanges(
            GroupMember member, FetchLoop loop, Map<TopicPartition, Long> committed) {
        Map<TopicPartition, Long> changed = loop.positions();
        changed.entrySet().removeIf(entry -> entry.getValue().equals(committed.get(entry.getKey())));
        member.commit(changed);
        return loop.positions();
    }

    /** Returns the offsets that are committed already; others are to be, even if nothing comes. */
    private static Map<TopicPartition, Long> join(
            Cluster cluster, FetchLoop loop, GroupMember member, String groupId, OffsetSpec start) {
        List<TopicPartition> assigned = member.join();
        Map<TopicPartition, Long> committed =
                assigned.isEmpty() ? Map.of() : GroupOffsets.fetch(cluster, groupId, assigned);
        List<TopicPartition> fresh = new ArrayList<>(assigned);
        fresh.removeAll(committed.keySet());
        Map<TopicPartition, Long> offsets = new TreeMap<>(committed);
        offsets.putAll(start.resolve(cluster, fresh));
        loop.assign(offsets);
        return committed;
    }
}
