package io.headrace.systemtests.harness;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * What one of Kafka's command line classes printed and how it ended. The classes run inside the test's JVM, which is
 * ten times faster than one JVM for each, with the process-wide streams, Kafka's exit and its shutdown hooks
 * replaced meanwhile; so one at a time.
 */
public record ToolRun(int exitStatus, String output, String errors) {

    /** A {@code main} method. */
    @FunctionalInterface
    public interface Main {
        void run(String[] arguments) throws Exception;
    }

    public static ToolRun of(Main main, String... arguments) {
        return withInput("", main, arguments);
    }

    /** Runs {@code main} with {@code input} on standard input. */
    @SuppressWarnings("CatchAndPrintStackTrace") // What the tool would have printed as it died is part of its output.
    public static ToolRun withInput(String input, Main main, String... arguments) {
        PrintStream standardOutput = System.out;
        PrintStream standardError = System.err;
        InputStream standardInput = System.in;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        List<Integer> exits = new ArrayList<>();
        List<Runnable> hooks = new ArrayList<>();
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        // Some tools catch what ends them here and exit a second time; the first status is the one that counts.
        Exit.setExitProcedure((status, message) -> {
            exits.add(status);
            throw new Exited(status);
        });
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        try {
            main.run(arguments);
        } catch (Exited e) {
            exits.add(e.status);
        } catch (Exception e) {
            exits.add(1);
            e.printStackTrace();
        } finally {
            hooks.forEach(Runnable::run);
            Exit.resetExitProcedure();
            Exit.resetShutdownHookAdder();
            System.setOut(standardOutput);
            System.setErr(standardError);
            System.setIn(standardInput);
        }
        return new ToolRun(
                exits.isEmpty() ? 0 : exits.get(0),
                output.toString(StandardCharsets.UTF_8),
                errors.toString(StandardCharsets.UTF_8));
    }

    /** Fails the test unless the tool ended with status 0. */
    public ToolRun expectSuccess() {
        if (exitStatus != 0) {
            throw new AssertionError("exit status " + exitStatus + ":\n" + output + errors);
        }
        return this;
    }

    public List<String> lines() {
        return output.lines().toList();
    }

    /** Ends a tool where it would have ended its JVM. An error, because the tools catch exceptions. */
    private static final class Exited extends Error {
        private static final long serialVersionUID = 1;
        private final int status;

        Exited(int status) {
            super("exit status " + status, null, false, false);
            this.status = status;
        }
    }
}
