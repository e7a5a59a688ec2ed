/** Virtual time: the queue of events that everything in a simulation happens from, its clocks, and the trace of it all. */
@NullMarked
package io.headrace.simulation.world;

import org.jspecify.annotations.NullMarked;
