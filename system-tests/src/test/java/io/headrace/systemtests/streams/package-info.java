/** Kafka Streams against brokers that are killed. */
@NullMarked
package io.headrace.systemtests.streams;

import org.jspecify.annotations.NullMarked;
