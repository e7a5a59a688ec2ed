/**
 * Decides everything about the transactions of one partition of {@code __transaction_state}.
 *
 * <p>{@link io.headrace.core.transaction.TransactionCoordinator} is the entrance: requests and the time go in, records to
 * append, markers to write and answers come out. Nothing here starts a thread, reads a clock or draws a random number.
 */
@NullMarked
package io.headrace.core.transaction;

import org.jspecify.annotations.NullMarked;
