/** The clients of a simulation: producers, readers and members of groups, each a small state machine over the protocol. */
@NullMarked
package io.headrace.simulation.client;

import org.jspecify.annotations.NullMarked;
