/** Runs the group coordinators, whose state lies in {@code __consumer_offsets}. */
@NullMarked
package io.headrace.server.group;

import org.jspecify.annotations.NullMarked;
