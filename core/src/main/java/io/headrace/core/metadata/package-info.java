/** Decides what the cluster's metadata is: an immutable image, the commands that change it, and the log they come from. */
@NullMarked
package io.headrace.core.metadata;

import org.jspecify.annotations.NullMarked;
