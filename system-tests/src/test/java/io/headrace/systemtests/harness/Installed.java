package io.headrace.systemtests.harness;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What a machine may lack: without it a test is skipped, but where {@code HEADRACE_REQUIRE_CLIENTS} is set it fails. */
public final class Installed {
    private static final boolean REQUIRED = "true".equals(System.getenv("HEADRACE_REQUIRE_CLIENTS"));

    private Installed() {}

    /** The test needs this program on the PATH; {@code debianPackage} is what has it. */
    public static void program(String name, String debianPackage) {
        for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(directory, name))) {
                return;
            }
        }
        missing("no " + name + " on this machine: apt-get install " + debianPackage);
    }

    /** The test needs this file. */
    public static Path file(String name, String debianPackage) {
        Path file = Path.of(name);
        if (!Files.isReadable(file)) {
            missing("no " + name + " on this machine: apt-get install " + debianPackage);
        }
        return file;
    }

    /** Skips the calling test, or fails it where everything must be there. */
    public static void missing(String why) {
        if (REQUIRED) {
            throw new AssertionError(why);
        }
        Assumptions.abort("skipped: " + why);
    }
}
