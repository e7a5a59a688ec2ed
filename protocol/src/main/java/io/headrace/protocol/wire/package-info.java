/** The primitive encodings of the Kafka protocol, read from and written to buffers. */
@NullMarked
package io.headrace.protocol.wire;

import org.jspecify.annotations.NullMarked;
