package io.headrace.cli.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.cli.client.FakeCluster;
import io.headrace.network.client.FakeBroker;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TransactionCoordinatorsTest {
    private static final String ID = "payments";

    @Test
    void aTransactionIsFencedHoweverShortTheBrokerWantsTransactions() throws IOException {
        try (FakeCluster fake = new FakeCluster(1)) {
            FakeBroker broker = fake.broker(0);
            AtomicInteger asked = new AtomicInteger();
            broker.on(ApiKey.FIND_COORDINATOR, request -> new FindCoordinatorResponse()
                    .setNodeId(0)
                    .setHost(broker.address().host())
                    .setPort(broker.address().port()));
            broker.on(ApiKey.INIT_PRODUCER_ID, request -> {
                asked.incrementAndGet();
                // As with the lowest transaction.max.timeout.ms.
                boolean isTooLong = ((InitProducerIdRequest) request).transactionTimeoutMs() > 1;
                ErrorCode error = isTooLong ? ErrorCode.INVALID_TRANSACTION_TIMEOUT : ErrorCode.NONE;
                return new InitProducerIdResponse().setErrorCode(error.code());
            });
            new TransactionCoordinators(fake.cluster())
                    .fence(new TransactionDescription(ID, 7, (short) 0, "Ongoing", 60_000, 1L, List.of()));
            assertThat(asked).hasValue(1);
        }
    }
}
