/** One handler per API of the protocol. */
@NullMarked
package io.headrace.server.api;

import org.jspecify.annotations.NullMarked;
