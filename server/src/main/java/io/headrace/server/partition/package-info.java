/** From the topics and partitions that requests name to the replicas on this broker. */
@NullMarked
package io.headrace.server.partition;

import org.jspecify.annotations.NullMarked;
