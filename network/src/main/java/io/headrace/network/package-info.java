/** Frames over TCP, for both ends of a connection. */
@NullMarked
package io.headrace.network;

import org.jspecify.annotations.NullMarked;
