package io.headrace.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A seed takes the same course each time and in every process. What differs between processes and not within one is made as different as
 * possible: hash codes of objects, which are all the same or count upwards; the order of immutable sets and maps, which each
 * process shakes up for itself; language, time zone and encoding; the number of processors.
 */
class SameCourseTest {
    private record Run(String seed, List<String> options) {}

    private static final List<Run> RUNS = List.of(
            new Run(
                    "2",
                    List.of(
                            "-XX:hashCode=2",
                            "-Duser.language=tr",
                            "-Duser.country=TR",
                            "-Duser.timezone=Pacific/Kiritimati",
                            "-Dfile.encoding=ISO-8859-1",
                            "-XX:ActiveProcessorCount=1")),
            new Run(
                    "4",
                    List.of(
                            "-XX:hashCode=3",
                            "-Duser.language=ar",
                            "-Duser.country=EG",
                            "-Duser.timezone=America/St_Johns",
                            "-Dfile.encoding=UTF-8",
                            "-XX:ActiveProcessorCount=7")));

    @Test
    void aSeedTakesTheSameCourseEachTimeAndInEveryProcess(@TempDir Path directory)
            throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>();
        for (Run run : RUNS) {
            processes.add(start(run, directory.resolve(run.seed()), errors(directory, run)));
        }
        SimulationTest.quieten();
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < RUNS.size(); i++) {
            Run run = RUNS.get(i);
            SimulationResult result = Simulation.run(Long.parseLong(run.seed()));
            assertThat(result.counts()).containsKeys("logs compacted", "copies committed", "crashes");
            assertThat(hashes.add(result.traceHash())).isTrue();
            String here = CourseOfSeeds.of(result);
            assertThat(CourseOfSeeds.of(Simulation.run(result.seed()))).isEqualTo(here);
            assertThat(processes.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(directory.resolve(run.seed())))
                    .as("with %s; on standard error: %s", run.options(), Files.readString(errors(directory, run)))
                    .isEqualToIgnoringNewLines(here);
        }
    }

    /** Where what the JVM itself has to say goes. */
    private static Path errors(Path directory, Run run) {
        return directory.resolve(run.seed() + ".err");
    }

    private static Process start(Run run, Path output, Path errors) throws IOException {
        List<String> command = Stream.of(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:+UseSerialGC",
                                "-Xmx512m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UnlockExperimentalVMOptions"),
                        run.options(),
                        List.of(
                                "-cp",
                                System.getProperty("java.class.path"),
                                CourseOfSeeds.class.getName(),
                                run.seed()))
                .flatMap(List::stream)
                .toList();
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }
}
