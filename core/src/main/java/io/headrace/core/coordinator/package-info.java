/**
 * What every coordinator has in common: it decides from inputs and the time, and returns what to write and to answer.
 */
@NullMarked
package io.headrace.core.coordinator;

import org.jspecify.annotations.NullMarked;
