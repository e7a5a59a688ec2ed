/** Kafka's API keys with their versions, error codes, and the text of ids. */
@NullMarked
package io.headrace.protocol;

import org.jspecify.annotations.NullMarked;
