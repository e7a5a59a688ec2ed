/** Decides what one partition's log accepts: what its producers have written, and the state of their transactions. */
@NullMarked
package io.headrace.core.partition;

import org.jspecify.annotations.NullMarked;
