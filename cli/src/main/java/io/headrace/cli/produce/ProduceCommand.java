package io.headrace.cli.produce;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.Terminal;
import io.headrace.cli.output.JsonText;
import io.headrace.cli.output.OutputFormat;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordHeader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes records from lines or files. */
@Command(
        name = "produce",
        description =
                "Writes records to a topic: each line of standard input or of the files, or each file as a whole.",
        mixinStandardHelpOptions = true)
public final class ProduceCommand implements Runnable {
    private static final int RECORD_BYTES_MAX = 64 << 20;

    private final Session session;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    @Parameters(index = "1..*", paramLabel = "FILE", description = "Read these instead of standard input; - is that.")
    private List<String> files = List.of();

    @Option(names = "--whole", description = "Each file is one record.")
    private boolean whole;

    @Option(
            names = {"-k", "--key"},
            description = "The key of all records.")
    private @Nullable String key;

    @Option(
            names = {"-K", "--key-separator"},
            paramLabel = "SEPARATOR",
            description = "What stands before it on a line is the key, what follows the value. \\t is a tab.")
    private @Nullable String keySeparator;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            description = "A header of all records; may be repeated. NAME:VALUE does too.")
    private List<String> headers = List.of();

    @Option(
            names = {"-p", "--partition"},
            defaultValue = "-1",
            description = "The partition (default: by the key's hash, as the Java client does it).")
    private int partition = -1;

    @Option(
            names = {"-a", "--acks"},
            defaultValue = "all",
            description = "Whom to wait for: 0, 1 or all (default: ${DEFAULT-VALUE}).")
    private String acks = "all";

    @Option(
            names = {"-z", "--compression"},
            defaultValue = "none",
            description = "none, gzip, snappy, lz4 or zstd (default: ${DEFAULT-VALUE}).")
    private String compression = "none";

    @Option(
            names = {"-Z", "--tombstone"},
            description = "An empty value becomes null, which deletes the key from a compacted topic.")
    private boolean tombstone;

    @Option(names = "--no-progress", description = "Do not show progress, which is shown on a terminal only.")
    private boolean noProgress;

    @Option(
            names = {"--output", "--format"},
            paramLabel = "FORMAT",
            description = "json: print what was written at the end.")
    private @Nullable OutputFormat output;

    /** Made before its options are read. */
    public ProduceCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        short acksCode = acksCode(acks);
        Compression codec = Compression.forConfigName(compression);
        if (codec == null) {
            throw usage("'" + compression + "' is not a compression; expected none, gzip, snappy, lz4 or zstd");
        }
        List<RecordHeader> recordHeaders = parseHeaders(headers);
        long startNanos = System.nanoTime();
        try (Cluster cluster = session.connect()) {
            ClusterMetadata.Topic found = cluster.topic(topic, true);
            int count = found.partitions().size();
            if (partition >= count) {
                throw new CommandFailure(
                        CommandFailure.NOT_FOUND, topic + " has partitions 0 to " + (count - 1) + " only");
            }
            BatchSender sender = new BatchSender(cluster.client(), topic, count, acksCode, codec);
            Progress progress = new Progress(!noProgress && Terminal.isErrorShown(), session.err());
            Input input = new Input(
                    sender,
                    new Partitioner(count, ThreadLocalRandom.current().nextInt(count)),
                    recordHeaders,
                    progress);
            readAll(input);
            sender.finish();
            progress.finish();
            report(sender.recordsDone(), System.nanoTime() - startNanos);
        } catch (IOException e) {
            throw new CommandFailure(CommandFailure.FAILED, "Cannot read the input: " + e.getMessage());
        }
    }

    private void report(long records, long nanos) {
        if (output == OutputFormat.json) {
            Map<String, @Nullable Object> summary = new LinkedHashMap<>();
            summary.put("topic", topic);
            summary.put("records", records);
            summary.put("millis", nanos / 1_000_000);
            session.out().println(JsonText.line(summary));
            session.out().flush();
        } else if (session.verbose()) {
            session.err().println(records + " records written to " + topic);
            session.err().flush();
        }
    }

    private void readAll(Input input) throws IOException {
        List<String> sources = files.isEmpty() ? List.of("-") : files;
        for (String source : sources) {
            if (whole) {
                byte[] content = source.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(source));
                input.record(keyBytes(), content);
                continue;
            }
            InputStream raw = source.equals("-") ? System.in : new FileInputStream(source);
            try {
                input.lines(raw);
            } finally {
                if (raw instanceof FileInputStream) {
                    raw.close();
                }
            }
        }
    }

    private byte @Nullable [] keyBytes() {
        return key == null ? null : key.getBytes(StandardCharsets.UTF_8);
    }

    static short acksCode(String text) {
        switch (text) {
            case "all":
            case "-1":
                return -1;
            case "0":
                return 0;
            case "1":
                return 1;
            default:
                throw usage("'" + text + "' is not a number of acknowledgements; expected 0, 1 or all");
        }
    }

    static List<RecordHeader> parseHeaders(List<String> texts) {
        List<RecordHeader> result = new ArrayList<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            int colon = text.indexOf(':');
            int at = equals < 0 ? colon : colon < 0 ? equals : Math.min(equals, colon);
            if (at < 0) {
                throw usage("'" + text + "' is not a header; expected NAME=VALUE");
            }
            result.add(RecordHeader.of(
                    text.substring(0, at), text.substring(at + 1).getBytes(StandardCharsets.UTF_8)));
        }
        return result;
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }

    /** Where records go once they are read. */
    private final class Input {
        private final BatchSender sender;
        private final Partitioner partitioner;
        private final List<RecordHeader> recordHeaders;
        private final Progress progress;
        private final byte @Nullable [] separator;

        Input(BatchSender sender, Partitioner partitioner, List<RecordHeader> recordHeaders, Progress progress) {
            this.sender = sender;
            this.partitioner = partitioner;
            this.recordHeaders = recordHeaders;
            this.progress = progress;
            this.separator = keySeparator == null
                    ? null
                    : keySeparator.replace("\\t", "\t").getBytes(StandardCharsets.UTF_8);
        }

        void lines(InputStream in) throws IOException {
            LineReader reader = new LineReader(in, RECORD_BYTES_MAX);
            for (byte[] line = reader.next(); line != null; line = reader.next()) {
                KeyedLine keyed = KeyedLine.split(line, separator);
                record(keyed.key() == null ? keyBytes() : keyed.key(), keyed.value());
                if (reader.mayBlock()) {
                    sender.flush(); // what was typed or piped so far shall not wait for more
                }
            }
        }

        void record(byte @Nullable [] recordKey, byte[] value) {
            int to = partition >= 0 ? partition : partitioner.partition(recordKey);
            byte[] stored = tombstone && value.length == 0 ? null : value;
            if (sender.add(to, System.currentTimeMillis(), recordKey, stored, recordHeaders)) {
                partitioner.moveOn();
            }
            progress.add(value.length);
        }
    }
}
