/**
 * Runs coordinators of any kind: their thread, their loading from an internal topic, and what they write to it.
 *
 * <p>The decisions are those of a {@link io.headrace.core.coordinator.Coordinator}; here its inputs arrive and its steps are
 * carried out.
 */
@NullMarked
package io.headrace.server.coordinator;

import org.jspecify.annotations.NullMarked;
