/** A broker and its clients in one thread, driven from one seed: real code on a simulated disk, network and clock. */
@NullMarked
package io.headrace.simulation;

import org.jspecify.annotations.NullMarked;
