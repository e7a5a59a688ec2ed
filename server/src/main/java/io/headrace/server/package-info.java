/** Wires the broker together; its main class. */
@NullMarked
package io.headrace.server;

import org.jspecify.annotations.NullMarked;
