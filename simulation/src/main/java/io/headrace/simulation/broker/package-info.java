/** The broker under simulation: its real code stepped by the schedule, its machine with a disk that fails, its links. */
@NullMarked
package io.headrace.simulation.broker;

import org.jspecify.annotations.NullMarked;
