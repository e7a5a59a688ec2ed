/** A message of our own, generated for tests. */
@NullMarked
package io.headrace.protocol.sample;

import org.jspecify.annotations.NullMarked;
