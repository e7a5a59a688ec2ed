package io.headrace.systemtests.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a program that ran to its end left: its exit status and what it printed. */
public final class Command {
    private final int exitStatus;
    private final byte[] output;
    private final String errors;

    private Command(int exitStatus, byte[] output, String errors) {
        this.exitStatus = exitStatus;
        this.output = output;
        this.errors = errors;
    }

    /** Runs a program without input. */
    public static Command run(long limitMs, List<String> command) {
        return run(limitMs, new byte[0], command);
    }

    /** Runs a program with {@code input} on its standard input; kills it and fails when it exceeds the limit. */
    public static Command run(long limitMs, byte[] input, List<String> command) {
        return run(limitMs, input, new ProcessBuilder(command));
    }

    /** Runs a prepared program; see {@link #run(long, byte[], List)}. */
    public static Command run(long limitMs, byte[] input, ProcessBuilder builder) {
        try {
            Process process = builder.start();
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            ByteArrayOutputStream errors = new ByteArrayOutputStream();
            Thread[] pumps = {
                pump(() -> copy(process.getInputStream(), output)),
                pump(() -> copy(process.getErrorStream(), errors)),
                pump(() -> feed(process.getOutputStream(), input))
            };
            boolean ended = process.waitFor(limitMs, TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            for (Thread thread : pumps) {
                thread.join(5000);
            }
            String errorText = errors.toString(StandardCharsets.UTF_8);
            if (!ended) {
                throw new AssertionError(builder.command() + " did not end within " + limitMs + " ms; it printed:\n"
                        + output.toString(StandardCharsets.UTF_8) + errorText);
            }
            return new Command(process.exitValue(), output.toByteArray(), errorText);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public int exitStatus() {
        return exitStatus;
    }

    /** What it printed on standard output. */
    public byte[] outputBytes() {
        return output;
    }

    /** What it printed on standard error. */
    public String errors() {
        return errors;
    }

    public String output() {
        return new String(output, StandardCharsets.UTF_8);
    }

    public List<String> lines() {
        return output().lines().toList();
    }

    /** Fails the test unless the program ended with status 0. */
    public Command expectSuccess() {
        if (exitStatus != 0) {
            throw new AssertionError("exit status " + exitStatus + ":\n" + output() + errors);
        }
        return this;
    }

    private static Thread pump(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void copy(InputStream from, OutputStream to) {
        try (from) {
            from.transferTo(to);
        } catch (IOException e) {
            // The program was killed; what it said until then is what the caller gets.
            return;
        }
    }

    private static void feed(OutputStream to, byte[] input) {
        try (to) {
            to.write(input);
        } catch (IOException e) {
            // A program need not read all of its input.
            return;
        }
    }
}
