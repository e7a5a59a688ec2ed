/** The requests, responses and headers of the Kafka protocol, generated from its specifications at build time. */
@NullMarked
package io.headrace.protocol.message;

import org.jspecify.annotations.NullMarked;
