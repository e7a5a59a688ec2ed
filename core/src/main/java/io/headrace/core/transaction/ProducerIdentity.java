package io.headrace.core.transaction;

import io.headrace.protocol.ErrorCode;

/**
 * The answer to a producer: who it is from now on.
 *
 * @param error why it has no identity, or NONE
 * @param producerId its id, -1 after an error and where the protocol's version has none
 * @param producerEpoch its epoch, or -1 likewise
 */
public record ProducerIdentity(ErrorCode error, long producerId, short producerEpoch) {
    /** An answer without an identity. */
    public static ProducerIdentity none(ErrorCode error) {
        return new ProducerIdentity(error, TransactionMetadata.NO_PRODUCER_ID, TransactionMetadata.NO_EPOCH);
    }
}
