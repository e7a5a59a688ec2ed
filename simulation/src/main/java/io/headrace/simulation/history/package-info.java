/** Judges what clients saw: histories of sends and polls, in a simple text form, searched for anomalies. */
@NullMarked
package io.headrace.simulation.history;

import org.jspecify.annotations.NullMarked;
