/** A partition's log in files. */
@NullMarked
package io.headrace.storage;

import org.jspecify.annotations.NullMarked;
