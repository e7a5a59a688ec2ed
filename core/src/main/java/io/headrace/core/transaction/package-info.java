/**
 * Decides everything about the transactions of one partition of {@code __transaction_state}.
 *
 * <p>Nothing here starts a thread, reads a clock or draws a random number.
 */
@NullMarked
package io.headrace.core.transaction;

import org.jspecify.annotations.NullMarked;
