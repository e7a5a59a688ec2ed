/** The way of a request from its frame to its handler and of the answer back. */
@NullMarked
package io.headrace.server.dispatch;

import org.jspecify.annotations.NullMarked;
