package io.headrace.systemtests;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Installed;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Transactions with librdkafka, by a small program in C: {@code src/test/c/transactions.c}. */
@ExtendWith(SharedBroker.class)
class LibrdkafkaTransactionsIT {

    @Test
    void commitsAbortsAndFences(Broker broker) throws IOException {
        Installed.program("gcc", "gcc libc6-dev");
        Installed.file("/usr/include/librdkafka/rdkafka.h", "librdkafka-dev");
        Path program = Files.createDirectories(Path.of("target/c"))
                .resolve("transactions")
                .toAbsolutePath();
        List<String> compile =
                List.of("gcc", "-O1", "-Wall", "-o", program.toString(), "src/test/c/transactions.c", "-lrdkafka");
        Command.run(60_000, compile).expectSuccess();
        String topic = new Clients(broker).topic("librdkafka", 2);
        Command.run(180_000, List.of(program.toString(), broker.bootstrap(), topic, Names.unique("librdkafka")))
                .expectSuccess();
    }
}
