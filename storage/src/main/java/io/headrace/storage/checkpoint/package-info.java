/** Small files that say how far each partition of a data directory has been brought to disk. */
@NullMarked
package io.headrace.storage.checkpoint;

import org.jspecify.annotations.NullMarked;
