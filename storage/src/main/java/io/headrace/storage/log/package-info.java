/** One partition's log in Kafka's file formats: segments, indexes, leader epochs, producer snapshots, recovery. */
@NullMarked
package io.headrace.storage.log;

import org.jspecify.annotations.NullMarked;
