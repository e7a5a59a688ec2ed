/** Turns Kafka's JSON message specifications into Java sources at build time. */
@NullMarked
package io.headrace.generator;

import org.jspecify.annotations.NullMarked;
