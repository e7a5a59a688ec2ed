/** Keeps a single node's metadata log in a file. */
@NullMarked
package io.headrace.storage.metadata;

import org.jspecify.annotations.NullMarked;
