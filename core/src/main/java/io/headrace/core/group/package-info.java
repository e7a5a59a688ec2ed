/**
 * Decides everything about the groups and committed offsets of one partition of {@code __consumer_offsets}.
 *
 * <p>{@link io.headrace.core.group.GroupCoordinator} is the entrance: requests and the time go in, records to append
 * and answers come out. Nothing here starts a thread, reads a clock or draws a random number.
 */
@NullMarked
package io.headrace.core.group;

import org.jspecify.annotations.NullMarked;
