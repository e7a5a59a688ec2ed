package io.headrace.systemtests;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.CompiledC;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Transactions with librdkafka, by a small program in C: {@code src/test/c/transactions.c}. */
@ExtendWith(SharedBroker.class)
class LibrdkafkaTransactionsIT {

    @Test
    void commitsAbortsAndFences(Broker broker) {
        Path program = CompiledC.librdkafkaProgram("transactions");
        String topic = new Clients(broker).topic("librdkafka", 2);
        Command.run(180_000, List.of(program.toString(), broker.bootstrap(), topic, Names.unique("librdkafka")))
                .expectSuccess();
    }
}
