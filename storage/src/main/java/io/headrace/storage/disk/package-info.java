/** The one way to files: a small interface with a real and a simulated implementation. */
@NullMarked
package io.headrace.storage.disk;

import org.jspecify.annotations.NullMarked;
