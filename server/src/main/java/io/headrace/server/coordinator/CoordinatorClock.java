package io.headrace.server.coordinator;

import java.util.function.LongSupplier;

/**
 * What time it is for coordinators, in milliseconds since the epoch.
 *
 * @param steadyMs runs evenly, whatever is done to the wall clock: for everything that takes time
 * @param wallMs the wall clock: for what is written down
 */
public record CoordinatorClock(LongSupplier steadyMs, LongSupplier wallMs) {}
