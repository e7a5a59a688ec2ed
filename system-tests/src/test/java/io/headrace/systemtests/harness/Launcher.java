package io.headrace.systemtests.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the programs are that the tests start. */
public final class Launcher {
    private Launcher() {}

    /** {@code bin/headrace} of this source tree. */
    public static Path path() {
        return Path.of(System.getProperty("headrace.home", ".."))
                .resolve("bin/headrace")
                .toAbsolutePath();
    }

    /** Runs a class of the tests' class path, Kafka's among them, in a JVM of its own. */
    public static List<String> javaCommand(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                java(), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", testClassPath(), mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The java binary that runs the tests. */
    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String testClassPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    }
}
