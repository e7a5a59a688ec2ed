package io.headrace.cli.produce;

import io.headrace.network.client.ClientException;
import io.headrace.network.client.ClusterClient;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Who a producer is, so that brokers know a batch again that comes a second time (KIP-98).
 *
 * @param id the producer id; -1 for a producer that brokers do not know again
 * @param epoch the producer's epoch; -1 likewise
 */
record ProducerIdentity(long id, short epoch) {
    static final ProducerIdentity NONE = new ProducerIdentity(-1, (short) -1);

    /** Asks for a new identity; {@link #NONE} where the brokers give none. */
    static CompletableFuture<ProducerIdentity> ask(ClusterClient client) {
        // Nothing is said of transactions: their timeout goes unused, but may not be left out.
        InitProducerIdRequest request = new InitProducerIdRequest()
                .setTransactionalId(null)
                .setTransactionTimeoutMs(Integer.MAX_VALUE)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
        return client.sendToAny(
                        request,
                        InitProducerIdResponse.class,
                        Short.MAX_VALUE,
                        answer -> ErrorCode.forCode(answer.errorCode()))
                .handle(ProducerIdentity::of);
    }

    private static ProducerIdentity of(InitProducerIdResponse answer, Throwable failure) {
        if (failure != null) {
            if (failure instanceof ClientException known && known.error() == ErrorCode.UNSUPPORTED_VERSION) {
                return NONE;
            }
            throw failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
        }
        ErrorCode error = ErrorCode.forCode(answer.errorCode());
        if (error.retriable()) {
            throw ClientException.refused(error, "a producer id");
        }
        return error == ErrorCode.NONE ? new ProducerIdentity(answer.producerId(), answer.producerEpoch()) : NONE;
    }

    /** Whether brokers know a batch again. */
    boolean isKnown() {
        return id >= 0;
    }
}
