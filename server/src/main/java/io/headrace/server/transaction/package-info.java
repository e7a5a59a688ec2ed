/**
 * Runs the transaction coordinators: their loading from {@code __transaction_state}, what they write to it, and the
 * markers that end their transactions.
 */
@NullMarked
package io.headrace.server.transaction;

import org.jspecify.annotations.NullMarked;
