/**
 * Runs the group coordinators: their thread, their loading from {@code __consumer_offsets}, and what they write to it.
 *
 * <p>The decisions are {@link io.headrace.core.group.GroupCoordinator}'s; here its inputs arrive and its steps are
 * carried out.
 */
@NullMarked
package io.headrace.server.group;

import org.jspecify.annotations.NullMarked;
