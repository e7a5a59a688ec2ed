/** Kafka's API keys with their versions, error codes. */
@NullMarked
package io.headrace.protocol;

import org.jspecify.annotations.NullMarked;
