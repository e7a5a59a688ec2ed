/** Producer ids for idempotent producers. */
@NullMarked
package io.headrace.server.producer;

import org.jspecify.annotations.NullMarked;
